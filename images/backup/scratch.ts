// The scratch server: a Postgres of the same image without a network, whose data is thrown away. See scratch.sh, which runs it.
import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Postgres } from "./postgres.ts";
import { SCRATCH, SCRATCH_SOCKET } from "./places.ts";
import { READER } from "./settings.ts";
import { firstLine, Stop } from "./stop.ts";

const SERVER: Postgres = { host: SCRATCH_SOCKET, port: 5432, superuser: { user: "supabase_admin" }, reader: { user: READER } };
/** Making a data directory with all of the image's scripts takes some seconds, on a busy small server many. */
const START_SECONDS = 300;

const file = (name: "wanted" | "ready" | "failed") => join(SCRATCH, name);
const textOf = (name: "ready" | "failed"): Promise<string> => readFile(file(name), "utf8").catch(() => "");

/** Runs a new scratch server for as long as it is used. @throws Stop where it does not start */
export async function withScratch<T>(use: (server: Postgres) => Promise<T>): Promise<T> {
  const word = randomUUID();
  await writeFile(file("wanted"), word);
  try {
    await started(word);
    return await use(SERVER);
  } finally {
    await rm(file("wanted"), { force: true });
  }
}

async function started(word: string): Promise<void> {
  for (const until = Date.now() + START_SECONDS * 1000; Date.now() < until; await sleep(200)) {
    if ((await textOf("ready")) === word) return;
    const failed = await textOf("failed");
    if (failed !== "") throw new Stop(`The scratch Postgres does not start: ${firstLine(failed)}`);
  }
  throw new Stop(`The scratch Postgres did not start within ${START_SECONDS} s. Does the container "scratch" of this server run?`);
}
