// The scratch server: a Postgres of the same image without a network, whose data is thrown away. See scratch.sh, which runs it.
import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SCRATCH, SCRATCH_SOCKET } from "./places.ts";
import { type Postgres, withClient } from "./postgres.ts";
import { READER } from "./settings.ts";
import { firstLine, Hindered, inWords } from "./stop.ts";

const SERVER: Postgres = { host: SCRATCH_SOCKET, port: 5432, superuser: { user: "supabase_admin" }, reader: { user: READER } };
/** Making a data directory with all of the image's scripts takes some seconds, on a busy small server many. */
const START_SECONDS = 300;

const file = (name: "wanted" | "ready" | "failed") => join(SCRATCH, name);
const textOf = (name: "ready" | "failed"): Promise<string> => readFile(file(name), "utf8").catch(() => "");

/** Runs a new scratch server for as long as it is used. @throws Hindered where it does not start, or goes away in the middle */
export async function withScratch<T>(use: (server: Postgres) => Promise<T>): Promise<T> {
  const word = randomUUID();
  await writeFile(file("wanted"), word);
  try {
    await started(word);
    const began = await startTime();
    return await use(SERVER).catch(async (error: unknown) => {
      // One that was started anew in the middle answers, but has nothing of what was made: that is no fault of the backup.
      if ((await startTime().catch(() => undefined)) === began) throw error;
      throw new Hindered(`The scratch Postgres went away in the middle: ${inWords(error)}`);
    });
  } finally {
    await rm(file("wanted"), { force: true });
  }
}

const startTime = (): Promise<string | undefined> =>
  withClient({ server: SERVER, login: SERVER.superuser, database: "postgres" }, async (client) => (await client.query<{ at: string }>("select pg_postmaster_start_time()::text as at")).rows[0]?.at);

async function started(word: string): Promise<void> {
  for (const until = Date.now() + START_SECONDS * 1000; Date.now() < until; await sleep(200)) {
    if ((await textOf("ready")) === word) return;
    const [of, ...why] = (await textOf("failed")).split("\n");
    if (of === word) throw new Hindered(`The scratch Postgres does not start: ${firstLine(why.join(" "))}`);
  }
  throw new Hindered(`The scratch Postgres did not start within ${START_SECONDS} s. Does the container "scratch" of this server run?`);
}
