// What the stack says of its projects: the outputs of its last update.
import type { Project } from "../../../spec/project.ts";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import { lastWords, type Ran, succeeded } from "../../run.ts";
import { explainPassphrase } from "../../steps/stack.ts";
import type { Context, Tools } from "../context.ts";

/** `projects.<name>` of the outputs (components/supabaseProject.ts). Secrets are there only where they were asked for. */
export interface StackProject extends Pick<Project, "architecture" | "state" | "domains"> {
  url: string;
  publishableKey: string;
  secretKey: string;
  anonKey: string;
  serviceRoleKey: string;
  jwtSecret: string;
  dbUrl: string;
  studio?: { url: string; user: string; password: string };
}

export type StackProjects = Record<string, StackProject>;

/** What Pulumi says where nothing was ever brought up. */
export const NEVER_UP = /no stack named|no stack selected/i;

/** Nobody can tell whether the stack was ever brought up: there is no Pulumi to ask, or it does not know where the state is. */
export class NoState extends Stop {}

/** What it says where no backend was chosen, and where the one that was wants a login (pulumi/pkg/backend/backenderr). */
const NO_LOGIN = /must be set for login during non-interactive|requires logging in/i;

/** @throws NoState. A URL may have a password in it, and is not shown. */
export function requireState({ missing, stderr }: Pick<Ran, "missing" | "stderr">, { stack, env }: Pick<Context, "stack"> & Pick<Tools, "env">): void {
  if (!missing && !NO_LOGIN.test(stderr)) return;
  const what = missing
    ? `There is no program \`pulumi\` on PATH, which would know what the stack "${stack}" has.`
    : `Pulumi can not look for the stack "${stack}": PULUMI_BACKEND_URL is ${env.PULUMI_BACKEND_URL ? "set" : "not set"}, and nobody is logged in.`;
  throw new NoState(`${what}
If its state is kept elsewhere: set PULUMI_BACKEND_URL to where that is, or run pulumi login${missing ? ", with pulumi on PATH" : ""}. If it was never brought up: npx indie up${stackOption(stack)}`);
}

/**
 * The projects by name, as the last update left them. Undefined where the stack was never brought up.
 *
 * @throws NoState where nobody can tell; Stop with Pulumi's words where they can not be read
 */
export async function stackProjects({ stack, tools }: Pick<Context, "stack" | "tools">, secrets = false): Promise<StackProjects | undefined> {
  const { run, env } = await tools();
  const ran = await run("pulumi", ["stack", "output", "--json", ...(secrets ? ["--show-secrets"] : []), "--stack", stack, "--non-interactive"]);
  if (succeeded(ran)) return (JSON.parse(ran.stdout) as { projects?: StackProjects }).projects;
  requireState(ran, { stack, env });
  if (NEVER_UP.test(ran.stderr)) return undefined;
  throw new Stop(explainPassphrase(ran.stderr, env) ?? `\`pulumi stack output\` failed:\n${lastWords(ran)}`);
}

/** @throws Stop where it was never brought up */
export async function needStackProjects(context: Context, secrets = false): Promise<StackProjects> {
  const projects = await stackProjects(context, secrets);
  if (projects !== undefined) return projects;
  throw new Stop(
    `The stack "${context.stack}" was never brought up: there is nothing to ask. Run: npx indie up${stackOption(context.stack)}`,
  );
}

/** Lines whose parts stand below each other. */
export function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
