// `npm run plan`: what `npm run up` would do, for each project, in words (docs/plan.md).
import { execa } from "execa";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { fixedName } from "../components/ours.ts";
import { loadSpec } from "../spec/index.ts";
import { envFile, root } from "./layout.ts";
import { failedPlan, makePlan } from "./plan/makePlan.ts";
import { renderMarkdown } from "./plan/markdown.ts";
import type { Plan } from "./plan/model.ts";
import { parsePreview, type Preview } from "./plan/preview.ts";
import { renderText } from "./plan/text.ts";
import { failed, Stop } from "./report.ts";
import { type Env, lastWords, type Run, runner, succeeded } from "./run.ts";
import { explainPassphrase } from "./steps/stack.ts";

export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export const USAGE = `npm run plan -- [--stack <name>] [--format text|markdown|json] [-- <options of pulumi preview>]

Says what \`npm run up\` would do to each project, and what is noticed of it. Changes nothing.

  -s, --stack <name>   the Pulumi stack, which is the server   (default: dev, this computer)
  -f, --format <word>  text; markdown, for a comment of a pull request; json (schema/plan.schema.json)   (default: text)
  -h, --help           this text

Exit codes: 0; 1 where the preview fails; 3 where data would be removed`;

export interface PlanOptions {
  stack: string;
  format: Format;
  help: boolean;
  /** For `pulumi preview`, as they are. */
  pulumiArgs: string[];
}

/** @throws Stop where an option is not one of ours */
export function parsePlanOptions(args: string[]): PlanOptions {
  const separator = args.indexOf("--");
  const ours = separator < 0 ? args : args.slice(0, separator);
  const options = {
    stack: { type: "string", short: "s", default: "dev" },
    format: { type: "string", short: "f", default: "text" },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: ours, options });
    const format = FORMATS.find((word) => word === values.format);
    if (format === undefined) throw new Error(`--format ${JSON.stringify(values.format)}: it is text, markdown or json.`);
    return { stack: values.stack, format, help: values.help, pulumiArgs: separator < 0 ? [] : args.slice(separator + 1) };
  } catch (error) {
    throw new Stop(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

export interface PlanParts {
  /** Runs programs in the folder of Pulumi.yaml. */
  run: Run;
  env: Env;
  /** Of Pulumi.yaml. */
  folder: string;
}

/** What is to be printed, and the exit code. */
export async function planned(parts: PlanParts, { stack, format, pulumiArgs }: Omit<PlanOptions, "help">): Promise<{ text: string; exitCode: number }> {
  const plan = await readPlan(parts, stack, pulumiArgs);
  return { text: render(plan, format), exitCode: exitCodeOf(plan) };
}

export const exitCodeOf = ({ failed: hasFailed, dataRemoved }: Plan): number => (hasFailed ? 1 : dataRemoved.length > 0 ? 3 : 0);

export function render(plan: Plan, format: Format): string {
  if (format === "json") return `${JSON.stringify(plan, undefined, 2)}\n`;
  return format === "markdown" ? renderMarkdown(plan) : renderText(plan);
}

/** @throws Stop where there is no preview at all */
async function readPlan({ run, env, folder }: PlanParts, stack: string, pulumiArgs: string[]): Promise<Plan> {
  const options = ["--json", "--show-sames", "--show-replacement-steps", "--non-interactive", "--stack", stack];
  const [ran, memory, purged] = await Promise.all([run("pulumi", ["preview", ...options, ...pulumiArgs]), serverMemory(run), purgedProjects(run, stack)]);
  const preview = previewOf(ran.stdout);
  if (preview === undefined) throw new Stop(explainPassphrase(ran.stderr, env) ?? `\`pulumi preview\` failed:\n${lastWords(ran)}`);
  if (!succeeded(ran)) return withWords(failedPlan(stack, preview), ran.stderr);
  const spec = loadSpec({ stack, get: (key) => preview.config[`indie-ventures:${key}`], readFile: (path) => readFileSync(resolve(folder, path), "utf8") });
  return makePlan({ stack, preview, spec, purged, ...(memory === undefined ? {} : { memory }) });
}

/** Without a stack or a passphrase Pulumi prints no JSON. */
const previewOf = (stdout: string): Preview | undefined => (stdout.trimStart().startsWith("{") ? parsePreview(stdout) : undefined);

/** Whatever failed has said why, be it elsewhere. */
const withWords = (plan: Plan, stderr: string): Plan => (plan.errors.length > 0 ? plan : { ...plan, errors: [stderr.trim()] });

/** MB, where Docker says it. */
async function serverMemory(run: Run): Promise<number | undefined> {
  const { stdout } = await run("docker", ["info", "--format", "{{.MemTotal}}"]);
  return Number(stdout) > 0 ? Math.floor(Number(stdout) / 2 ** 20) : undefined;
}

/** Projects that were removed, and whose day was there: the backup container knows (components/backupStatus.ts). */
async function purgedProjects(run: Run, stack: string): Promise<string[]> {
  const ran = await run("docker", ["exec", fixedName(stack, "backup"), "cat", "/var/lib/indie-ventures/status.json"]);
  if (!succeeded(ran)) return [];
  const status = JSON.parse(ran.stdout) as Record<string, { removal?: { phase: string } }>;
  return Object.keys(status).filter((name) => status[name]?.removal?.phase === "purged");
}

/** The variables that `npm run up` wrote for pulumi by hand. */
async function readEnvironment(): Promise<Env> {
  // Without them it is the caller who has set pulumi up, as a workflow does.
  if (!existsSync(envFile)) return process.env;
  const { stdout } = await execa("sh", ["-c", '. "$0" && exec env -0', envFile]);
  return Object.fromEntries(stdout.split("\0").filter(Boolean).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

export async function main(args: string[]): Promise<number> {
  const { help, ...options } = parsePlanOptions(args);
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const env = await readEnvironment();
  if (process.stderr.isTTY) console.error(`  pulumi preview of ${options.stack}; it changes nothing`);
  const { text, exitCode } = await planned({ run: runner(root, env), env, folder: root }, options);
  process.stdout.write(text);
  return exitCode;
}

if (import.meta.filename === process.argv[1]) process.exitCode = await main(process.argv.slice(2)).catch(failed);
