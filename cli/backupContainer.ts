// The backup container of a stack, by `docker exec`: what it does, and what it is given.
import { existsSync, readFileSync } from "node:fs";
import { fixedName } from "../components/ours.ts";
import { stackOption } from "./options.ts";
import { Stop } from "./report.ts";
import { lastWords, type Run, succeeded } from "./run.ts";
import type { Env } from "./run.ts";
import { pulumi, type Pulumi } from "./steps/stack.ts";

/**
 * `docker exec` of the container's program.
 *
 * @param stdin whether it is given something: else it would swallow what a script of yours reads in a loop
 */
export const execArguments = (stack: string, words: string[], { stdin = false } = {}): string[] => [
  ...["exec", ...(stdin ? ["--interactive"] : [])],
  ...[fixedName(stack, "backup"), "node", "main.ts", ...words],
];

/** What it answers on stdout, which may be secret. @throws Stop with what it said on stderr */
export async function inBackupContainer(run: Run, stack: string, words: string[], stdin?: string): Promise<string> {
  const { answer, missing } = await partInBackupContainer(run, stack, words, stdin);
  if (missing !== undefined) throw missing;
  return answer;
}

/** The same, where a part of the answer is better than none. @returns also why it is not all @throws Stop where there is no answer */
export async function partInBackupContainer(run: Run, stack: string, words: string[], stdin?: string): Promise<{ answer: string; missing?: Stop }> {
  const ran = await run("docker", execArguments(stack, words, { stdin: stdin !== undefined }), { stdin });
  if (succeeded(ran)) return { answer: ran.stdout };
  const missing = new Stop(`The backup container of stack "${stack}" could not do it:\n${lastWords({ ...ran, stdout: "" }, 5)}`);
  if (ran.stdout.trim() === "") throw missing;
  return { answer: ran.stdout, missing };
}

/** What opens the state's secrets. Undefined where a service elsewhere keeps it. */
function passphraseOf(env: Env): string | undefined {
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
  return env.PULUMI_CONFIG_PASSPHRASE ?? (file !== undefined && existsSync(file) ? readFileSync(file, "utf8").trim() : undefined);
}

/** Each backup from now on takes along the state as it is, and its passphrase: whoever loses this computer finds both there. */
export async function keepState(ready: Pulumi): Promise<void> {
  const state = JSON.parse(await pulumi(ready, ["stack", "export"])) as unknown;
  await inBackupContainer(ready.run, ready.stack, ["keep-state"], JSON.stringify({ stack: ready.stack, state, passphrase: passphraseOf(ready.env) }));
}

/** What a new server finds in the repository, in words: where nothing is, a person must know before the day that it is needed. */
export const describeBackups = ({ run, stack }: Pulumi): Promise<string> =>
  inBackupContainer(run, stack, ["list"]).then(
    (list) => `\nThe projects are empty. Their backups:\n${list}\nTo put the newest proven one of each in its place: npm run indie -- restore --all --without-safety-backup${stackOption(stack)}`,
    (error: Error) => `\n! The projects are empty, and no backup of them was found. ${error.message}`,
  );
