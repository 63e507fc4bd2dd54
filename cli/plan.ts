// `indie plan`: what `indie up` would do, for each project, in words (docs/plan.md).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fixedName } from "../components/ours.ts";
import { loadSpec } from "../spec/index.ts";
import { memoryOf } from "./indie/work/room.ts";
import type { Format } from "./plan/formats.ts";
import { failedPlan, makePlan } from "./plan/makePlan.ts";
import { renderMarkdown } from "./plan/markdown.ts";
import type { Plan } from "./plan/model.ts";
import { asksPolicies, cannotRunPacks, EVENT_LOG, NOT_ASKED, PACK, parsePolicyEvents, type PolicyResults } from "./plan/policies.ts";
import { parsePreview, type Preview } from "./plan/preview.ts";
import { renderText } from "./plan/text.ts";
import { EXIT, Stop } from "./report.ts";
import { type Env, lastWords, type Ran, type Run, succeeded } from "./run.ts";
import { explainPassphrase } from "./steps/stack.ts";
import { withTemporaryFolder } from "./temporaryFolder.ts";
import { refuseSecrets } from "./verbosity.ts";

export interface PlanOptions {
  stack: string;
  format: Format;
  /** For `pulumi preview`, as they are. */
  pulumiArgs: string[];
  /** Whether our policies are asked. A pack that `pulumiArgs` name is asked in any case, and alone. */
  policies: boolean;
}

export interface PlanParts {
  /** Runs programs in the folder of Pulumi.yaml. */
  run: Run;
  env: Env;
  /** Of Pulumi.yaml. */
  folder: string;
  /** For what is no part of the plan. @default on stderr */
  note?: (text: string) => void;
}

/** What is to be printed, and the exit code. @throws Misuse where Pulumi would print secrets */
export async function planned(parts: PlanParts, options: PlanOptions): Promise<{ text: string; exitCode: number }> {
  const { stack, format, pulumiArgs } = options;
  refuseSecrets("preview", { stack, args: pulumiArgs, env: parts.env });
  const plan = await readPlan(parts, options);
  return { text: render(plan, format), exitCode: exitCodeOf(plan) };
}

export const exitCodeOf = ({ failed: hasFailed, dataRemoved }: Plan): number => (hasFailed ? EXIT.failed : dataRemoved.length > 0 ? EXIT.dataAtRisk : EXIT.done);

export function render(plan: Plan, format: Format): string {
  if (format === "json") return `${JSON.stringify(plan, undefined, 2)}\n`;
  return format === "markdown" ? renderMarkdown(plan) : renderText(plan);
}

/** @throws Stop where there is no preview at all */
async function readPlan(parts: PlanParts, options: PlanOptions): Promise<Plan> {
  const { run, env, folder } = parts;
  const { stack } = options;
  const [{ ran, policies }, memory, purged] = await Promise.all([askedPreview(parts, options), memoryOf(run), purgedProjects(run, stack)]);
  const preview = previewOf(ran.stdout);
  if (preview === undefined) throw new Stop(explainPassphrase(ran.stderr, env) ?? `\`pulumi preview\` failed:\n${lastWords(ran)}`);
  if (!succeeded(ran)) return withPolicies(withWords(failedPlan(stack, preview), ran.stderr), policies);
  const spec = loadSpec({
    stack,
    get: (key) => preview.config[`indie-ventures:${key}`],
    readFile: (path) => readFileSync(resolve(folder, path), "utf8"),
    readFolder: (path) => readdirSync(resolve(folder, path)),
  });
  return withPolicies(makePlan({ stack, preview, spec, purged, ...(memory === null ? {} : { memory }) }), policies);
}

interface Previewed {
  ran: Ran;
  /** Not there where none was asked. */
  policies?: PolicyResults;
}

/** Our policies are a convenience here: the plan is there without them, where this computer can not ask them, and says so. A pack that was named must be asked. */
async function askedPreview({ run, env, note = console.error }: PlanParts, { stack, pulumiArgs, policies }: PlanOptions): Promise<Previewed> {
  const words = ["preview", "--json", "--show-sames", "--show-replacement-steps", "--non-interactive", "--stack", stack];
  if (!policies || asksPolicies(pulumiArgs)) return previewed(run, env, [...words, ...pulumiArgs]);
  const asked = await previewed(run, env, [...words, ...PACK, ...pulumiArgs]);
  if (succeeded(asked.ran) || !cannotRunPacks(asked.ran)) return asked;
  note(NOT_ASKED);
  return previewed(run, env, [...words, ...pulumiArgs]);
}

/** The log has the inputs of resources: it does not stay. */
async function previewed(run: Run, env: Env, args: string[]): Promise<Previewed> {
  if (!asksPolicies(args)) return { ran: await run("pulumi", args) };
  return withTemporaryFolder(env, "plan", async (folder) => {
    const log = join(folder, "events");
    const ran = await run("pulumi", [...args, EVENT_LOG.flag, log], { env: EVENT_LOG.env });
    const policies = existsSync(log) ? parsePolicyEvents(readFileSync(log, "utf8")) : [];
    // Of a preview that failed for another reason nobody knows what they would have said.
    return succeeded(ran) || policies.length > 0 ? { ran, policies } : { ran };
  });
}

const withPolicies = (plan: Plan, policies: PolicyResults | undefined): Plan => (policies === undefined ? plan : { ...plan, policies });

/** Without a stack or a passphrase Pulumi prints no JSON. */
const previewOf = (stdout: string): Preview | undefined => (stdout.trimStart().startsWith("{") ? parsePreview(stdout) : undefined);

/** Whatever failed has said why, be it elsewhere. */
const withWords = (plan: Plan, stderr: string): Plan => (plan.errors.length > 0 ? plan : { ...plan, errors: [stderr.trim()] });

/** Projects that were removed, and whose day was there: the backup container knows (components/backupStatus.ts). */
async function purgedProjects(run: Run, stack: string): Promise<string[]> {
  const ran = await run("docker", ["exec", fixedName(stack, "backup"), "cat", "/var/lib/indie-ventures/status.json"]);
  if (!succeeded(ran)) return [];
  const status = JSON.parse(ran.stdout) as Record<string, { removal?: { phase: string } }>;
  return Object.keys(status).filter((name) => status[name]?.removal?.phase === "purged");
}
