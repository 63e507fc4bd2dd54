// Commands whose work the server's backup container does: it is told in words, and says what it does to the terminal.
import { execArguments } from "../../backupContainer.ts";
import { fixedName } from "../../../components/ours.ts";
import { NAME_PATTERN } from "../../../spec/names.ts";
import { quote } from "../../../spec/error.ts";
import { stackOption } from "../../options.ts";
import { AlreadySaid, EXIT, Interrupted, Misuse, Stop } from "../../report.ts";
import { type Ran, succeeded } from "../../run.ts";
import type { Context, Tools } from "../context.ts";

/** Options of those commands, as they are typed. */
export interface ContainerOptions {
  all?: boolean;
  backup?: string;
  from?: string;
  dryRun?: boolean;
  newRepository?: boolean;
  /** @default true */
  safetyBackup?: boolean;
}

/** @throws Misuse where it is none */
export function projectName(name: string): string {
  if (!NAME_PATTERN.test(name)) throw new Misuse(`${quote(name)} is no name of a project.`);
  return name;
}

/** The container's words for them: `node main.ts <words>` (images/backup/main.ts). */
export function containerWords(command: string, names: readonly string[], options: ContainerOptions): string[] {
  for (const name of [...names, options.from]) if (name !== undefined) projectName(name);
  return [
    command,
    ...names,
    ...(options.all ? ["--all"] : []),
    ...(options.backup === undefined ? [] : [`--backup=${options.backup}`]),
    ...(options.from === undefined ? [] : ["--from", options.from]),
    ...(options.dryRun ? ["--dry-run"] : []),
    ...(options.newRepository ? ["--new-repository"] : []),
    ...(options.safetyBackup === false ? ["--without-safety-backup"] : []),
  ];
}

/** @throws Misuse where neither is said, or both */
export function refuseUnclear({ stack }: Pick<Context, "stack">, command: string, names: readonly string[], { all = false }: ContainerOptions): void {
  const on = stackOption(stack);
  if (all === names.length > 0)
    throw new Misuse(all ? `--all, or names: not both → npx indie ${command} --all${on}` : `Which project? npx indie ${command} <project>${on}, or --all`);
}

/**
 * Does it, and waits.
 *
 * @throws Stop where there is no such container; AlreadySaid with the exit code where it failed
 */
export async function inContainer({ stack, tools }: Pick<Context, "stack" | "tools">, words: string[]): Promise<void> {
  const ready = await tools();
  await requireContainer(stack, ready);
  const exitCode = await ready.attach("docker", execArguments(stack, words));
  if (exitCode === EXIT.interrupted) throw new Interrupted(`What was begun goes on in the container ${fixedName(stack, "backup")}, to its end.`);
  if (exitCode !== 0) throw new AlreadySaid(EXIT.failed);
}

export const noDocker = ({ stderr }: Pick<Ran, "stderr">): Stop => new Stop(`Docker does not answer:\n${stderr.trim()}`);

/** @throws Stop where it does not run */
export async function requireContainer(stack: string, { run }: Pick<Tools, "run">): Promise<void> {
  const found = await run("docker", ["container", "inspect", "--format", "{{.State.Running}}", fixedName(stack, "backup")]);
  if (found.missing || /cannot connect|permission denied/i.test(found.stderr)) throw noDocker(found);
  if (!succeeded(found) || found.stdout.trim() !== "true")
    throw new Stop(`The backup container of the stack "${stack}" does not run. Run: npx indie up${stackOption(stack)}`);
}
