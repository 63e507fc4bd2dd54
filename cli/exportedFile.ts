// `indie export`: what the backup container writes, in a file on the user's computer, whole or not at all.
import { randomBytes } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { execArguments } from "./backupContainer.ts";
import { outliveInterrupt } from "./interrupt.ts";
import { Interrupted, Stop } from "./report.ts";
import type { Env } from "./run.ts";

export interface ExportArgs {
  project: string;
  /** @default the newest proven one */
  backup?: string;
  /** The file to write, with its whole path. */
  file: string;
  /** One that is there is replaced. */
  force: boolean;
}

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** @throws Stop where the archive is not there afterwards, and nothing is where it would be; Interrupted after Ctrl-C */
export async function exportToFile(stack: string, env: Env, { project, backup, file, force }: ExportArgs): Promise<void> {
  if (!existsSync(dirname(file))) throw new Stop(`There is no folder ${dirname(file)}.`);
  const refuseExisting = (): void => {
    const how = "Another name: --output <file>; to replace it: --force";
    if (existsSync(file) && !force) throw new Stop(`${file} is there already, and was not touched. ${how}`);
  };
  refuseExisting();
  // Beside it, so that it gets its name by a rename.
  const unfinished = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString("hex")}`);
  const ended = new AbortController();
  const work = async (): Promise<void> => {
    try {
      await writeFromContainer(env, execArguments(stack, ["export", project, ...(backup === undefined ? [] : ["--backup", backup])], { stdin: true }), unfinished, ended.signal);
      refuseExisting();
      await rename(unfinished, file);
    } finally {
      // The project's secrets are in it.
      await rm(unfinished, { force: true });
    }
  };
  await outliveInterrupt(work, { signals: ENDING, onSignal: () => ended.abort() });
}

/** @param ended ends the program, whoever else was told of it */
async function writeFromContainer(env: Env, words: string[], file: string, ended: AbortSignal): Promise<void> {
  // stdin stays open for as long as we take what it writes: the container's program gives up when it ends.
  const options = { env, extendEnv: false, stdin: "pipe", stderr: "inherit", buffer: false, reject: false, cancelSignal: ended } as const;
  const program = execa("docker", words, options);
  const written = pipeline(program.stdout, createWriteStream(file, { flags: "wx", mode: 0o600, flush: true })).catch((error: Error) => {
    program.kill();
    return error;
  });
  const [error, { exitCode }] = await Promise.all([written, program]);
  if (ended.aborted) throw new Interrupted("No archive was made.");
  if (error !== undefined) throw error;
  if (exitCode !== 0) throw new Stop("No archive was made.");
}
