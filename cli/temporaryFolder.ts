// A folder with what must not stay, such as a key.
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Env } from "./run.ts";

/** A CI's runner empties its own folder before each job: what even a kill leaves does not stay there. */
export const temporary = ({ RUNNER_TEMP }: Env): string => RUNNER_TEMP ?? tmpdir();

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const leave = (signal: NodeJS.Signals): void => process.exit(128 + constants.signals[signal]);

/**
 * Work with a folder that only this user can look into. It goes with the work, and with this process at Ctrl-C or when a CI cancels it: a signal ends
 * Node at once, without any `finally`. So nothing in it is to be done that outlives an interrupt (interrupt.ts).
 */
export async function withTemporaryFolder<T>(env: Env, name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(temporary(env), `indie-ventures-${name}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  for (const signal of ENDING) process.on(signal, leave);
  try {
    return await work(folder);
  } finally {
    for (const signal of ENDING) process.off(signal, leave);
    process.off("exit", remove);
    remove();
  }
}
