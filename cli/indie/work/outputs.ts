// What the stack says of its projects: the outputs of its last update.
import type { Project } from "../../../spec/project.ts";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import { lastWords, succeeded } from "../../run.ts";
import { explainPassphrase } from "../../steps/stack.ts";
import type { Context } from "../context.ts";

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

/** What Pulumi says where nothing was ever brought up: no such stack, or nowhere that it knows of to look for one. */
export const NEVER_UP = /no stack named|no stack selected|must be set for login during non-interactive|no Pulumi project found/i;

/**
 * The projects by name, as the last update left them. Undefined where the stack was never brought up.
 *
 * @throws Stop with Pulumi's words where they can not be read
 */
export async function stackProjects({ stack, tools }: Pick<Context, "stack" | "tools">, secrets = false): Promise<StackProjects | undefined> {
  const { run, env } = await tools();
  const ran = await run("pulumi", ["stack", "output", "--json", ...(secrets ? ["--show-secrets"] : []), "--stack", stack, "--non-interactive"]);
  if (succeeded(ran)) return (JSON.parse(ran.stdout) as { projects?: StackProjects }).projects;
  if (ran.missing || NEVER_UP.test(ran.stderr)) return undefined;
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
