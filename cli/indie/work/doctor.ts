import { setTimeout as sleep } from "node:timers/promises";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import { lastWords, succeeded } from "../../run.ts";
import type { Export } from "../../pendingOperations.ts";
import { locks } from "../../recover.ts";
import { explainPassphrase } from "../../steps/stack.ts";
import type { Context, Tools } from "../context.ts";
import { type Finding, keyOf } from "../doctor/finding.ts";
import { fixAll } from "../doctor/fix.ts";
import { look } from "../doctor/look.ts";
import { readShould, type Should } from "../doctor/should.ts";
import { asJson, renderReport, type Report } from "../doctor/text.ts";
import { NEVER_UP, requireState } from "./outputs.ts";

/** A second one, as the first may have come before what it needs was put right. */
const TRIES = 2;
/** Docker asks for a container's health twice a minute, and one that was ill is well at the first good answer. */
const SETTLE_SECONDS = 90;

export interface DoctorOptions {
  fix: boolean;
  /** Between two looks at what may settle. @default 10 */
  pauseSeconds?: number;
}

/** `indie doctor`. @returns whether nothing is left */
export async function doctor(context: Context, { fix, pauseSeconds = 10 }: DoctorOptions): Promise<boolean> {
  const tools = await context.tools();
  const report = fix ? await lookAndFix(context, tools, pauseSeconds) : { left: await lookOnce(context, tools), fixed: [], failures: new Map() };
  if (context.json) context.print(JSON.stringify(asJson(context.stack, report), undefined, 2));
  else for (const line of renderReport(context.stack, report)) context.print(line);
  return report.left.length === 0;
}

/** The state as it is now, with its secrets: who asks Realtime and Storage needs their tokens, and files are compared with what was written. */
async function readState({ stack }: Context, { run, env }: Tools): Promise<Should> {
  const ran = await run("pulumi", ["stack", "export", "--show-secrets", "--stack", stack, "--non-interactive"]);
  if (succeeded(ran)) {
    const exported = JSON.parse(ran.stdout) as Export;
    if ((exported.deployment.resources ?? []).some(({ type }) => type !== "pulumi:pulumi:Stack")) return readShould(stack, exported);
  }
  requireState(ran, { stack, env });
  if (succeeded(ran) || NEVER_UP.test(ran.stderr)) throw new Stop(`The stack "${stack}" was never brought up: there is nothing to compare with. Run: npx indie up${stackOption(stack)}`);
  throw new Stop(explainPassphrase(ran.stderr, env) ?? `\`pulumi stack export\` failed:\n${lastWords({ ...ran, stdout: "" }, 3)}`);
}

async function lookOnce(context: Context, tools: Tools): Promise<Finding[]> {
  const should = await readState(context, tools);
  return sorted([...checkUpdate(context, tools, should), ...(await look(tools.run, should))]);
}

const sorted = (findings: Finding[]): Finding[] => findings.toSorted((left, right) => (left.project ?? "").localeCompare(right.project ?? "") || left.service.localeCompare(right.service));

/** While one is under way, or was cut short, what is seen is not what stays; and two that change the server are one too many. */
function checkUpdate({ stack }: Context, { env }: Tools, { isInterrupted }: Should): Finding[] {
  const base = { rule: "update", service: "pulumi", why: "what is found may be of it, and --fix changes nothing meanwhile" } as const;
  const up = `npx indie up${stackOption(stack)}`;
  try {
    const [lock] = locks({ env, stack });
    if (lock !== undefined)
      return [{ ...base, what: `an update is under way, or was killed: process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}`, fix: `by hand: wait for it to end; if it is dead, ${up}` }];
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return [{ ...base, what: "the stack is locked, and the lock does not say by whom", fix: `by hand: ${up}` }];
  }
  return isInterrupted ? [{ ...base, what: "an update was interrupted, and left steps half done", fix: `by hand: ${up} (docs/recovery.md)` }] : [];
}

/** What is put right may uncover more: of a container that was stopped nobody could tell what it had. */
async function lookAndFix(context: Context, tools: Tools, pauseSeconds: number): Promise<Report> {
  const seen = new Map<string, Finding>();
  const tries = new Map<string, number>();
  const failures = new Map<string, string>();
  let left = await lookOnce(context, tools);
  for (let waited = 0; !left.some(({ rule }) => rule === "update"); left = await lookOnce(context, tools)) {
    for (const finding of left) seen.set(keyOf(finding), finding);
    const open = left.filter((finding) => finding.action !== undefined && (tries.get(keyOf(finding)) ?? 0) < TRIES);
    for (const finding of open) tries.set(keyOf(finding), (tries.get(keyOf(finding)) ?? 0) + 1);
    if (open.length > 0) await fixAll({ ...context, ...tools, should: await readState(context, tools) }, open, (finding, why) => failures.set(keyOf(finding), why));
    else if (tries.size > 0 && waited < SETTLE_SECONDS && left.some(({ settles }) => settles)) {
      await sleep(pauseSeconds * 1000);
      waited += pauseSeconds;
    } else break;
  }
  const keys = new Set(left.map(keyOf));
  return { left, fixed: sorted([...seen.values()].filter((finding) => !keys.has(keyOf(finding)))), failures };
}
