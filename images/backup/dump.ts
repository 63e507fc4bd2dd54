// Takes what the database holds, in one snapshot: pg_dump, what is measured, what pg_dump has not.
import { execa } from "execa";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type Extras, readExtras } from "./extras.ts";
import { type Measure, measure } from "./measure.ts";
import { storedObjects } from "./objects.ts";
import { type KeptFiles, PassingFiles, type PassingFilesArgs } from "./passingFiles.ts";
import { type Connection, libpqEnvironment, LOCK_TIMEOUT, type Postgres, withClient } from "./postgres.ts";
import { endsWithUs } from "./programs.ts";
import { Disturbed, firstLine, inWords, Stop } from "./stop.ts";
import { CHANGED_CODES, holdTables, requireNotRewritten } from "./tables.ts";

export interface DumpArgs {
  server: Postgres;
  database: string;
  roles: readonly string[];
  /** The file to write. */
  file: string;
  files: PassingFilesArgs;
  /** Says what goes on. */
  say: (what: string) => void;
}

export interface Dumped {
  measure: Measure;
  extras: Extras;
  /** Of Storage, and what became of their files. */
  objects: KeptFiles;
  postgresVersion: string;
}

/** Of a database whose tables or stored files change at the very moment, and how long until the next, in milliseconds. */
const TRIES = 5;
const PAUSE = 5000;

/**
 * Milliseconds that pg_dump waits for its locks. We have the same: who stands before it waits for us, as for a TRUNCATE, and all others behind them. So
 * they are let in, and it is begun anew.
 */
const QUEUE_TIMEOUT = 10_000;
/** pg_dump's limit on locks is one on the statement (postgres src/bin/pg_dump/pg_dump.c, getTables); it runs nothing of a project's own. */
const WAITED = /canceling statement due to (?:statement|lock) timeout/;
/** What was dropped while pg_dump looked at it. */
const DROPPED = /could not open relation with OID|cache lookup failed for|(?:relation|schema|type|function|sequence) .* does not exist|deadlock detected/;

/** @throws Stop with pg_dump's word where it failed; Hindered where others were in the way all the time */
export function dump(args: DumpArgs): Promise<Dumped> {
  const { server, database, say } = args;
  const files = new PassingFiles(args.files);
  return withClient({ server, login: server.reader, database }, async (client) => {
    for (let left = TRIES - 1; ; left--) {
      try {
        return await dumpOnce(client, args, files);
      } catch (error) {
        if (left === 0 || !maySoonGoWell(error)) throw error;
        say(`dumping its database once more: ${inWords(error)}`);
      }
      await client.query("rollback");
      await sleep(PAUSE);
    }
  });
}

const maySoonGoWell = (error: unknown): boolean =>
  error instanceof Disturbed || CHANGED_CODES.includes((error as { code?: string }).code ?? "") || (error instanceof Stop && DROPPED.test(error.message));

async function dumpOnce(client: pg.Client, { server, database, roles, file, say }: DumpArgs, files: PassingFiles): Promise<Dumped> {
  const { snapshot, version } = await holdTables(client);
  const connection = { server, login: server.reader, database };
  const options = [`--snapshot=${snapshot}`, `--lock-wait-timeout=${QUEUE_TIMEOUT}`];
  // Files that objects of the snapshot have may be gone in a moment, and pg_dump's locks are to be had before others ask for theirs.
  const [objects] = await atOnce(
    (ended) => files.keep(storedObjects(client, "newest"), ended),
    (ended) => runPgDump(connection, file, options, ended).catch(whoWaited),
  );
  say("measuring what it holds");
  const extras = await inSnapshot(server, database, snapshot, (superuser) => readExtras(superuser, roles));
  const measured = await measure(client);
  await requireNotRewritten(client);
  return { measure: measured, extras, objects, postgresVersion: version };
}

function whoWaited(error: unknown): never {
  if (error instanceof Stop && WAITED.test(error.message)) throw new Disturbed("others were about to change a table");
  throw error;
}

type Work<T> = (ended: AbortSignal) => Promise<T>;

/** Both, and where one fails the other is ended. @throws what failed first */
async function atOnce<One, Other>(one: Work<One>, other: Work<Other>): Promise<[One, Other]> {
  const failed = new AbortController();
  const orEnd = async <T>(work: Work<T>): Promise<T> => {
    try {
      return await work(failed.signal);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const works = [orEnd(one), orEnd(other)] as const;
  await Promise.allSettled(works);
  failed.signal.throwIfAborted();
  return Promise.all(works);
}

function inSnapshot<T>(server: Postgres, database: string, snapshot: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient({ server, login: server.superuser, database }, async (client) => {
    await client.query("begin isolation level repeatable read read only");
    await client.query(`set transaction snapshot '${snapshot}'`);
    return use(client);
  });
}

/**
 * Uncompressed: restic finds what is the same as in the last backup, and compresses the rest (facts/ops.md §2.3).
 *
 * @param options of two that say the same the last counts
 */
export async function runPgDump(connection: Connection, file: string, options: string[], ended?: AbortSignal): Promise<void> {
  const given = ["--format=custom", "--compress=0", `--lock-wait-timeout=${LOCK_TIMEOUT}`, `--file=${file}`, ...options];
  const { exitCode, stderr, shortMessage } = await execa(...endsWithUs("pg_dump", given), {
    env: libpqEnvironment(connection),
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    cancelSignal: ended,
  });
  if (exitCode !== 0) throw new Stop(`pg_dump of database ${connection.database}: ${firstLine(stderr || shortMessage || "")}`);
}

export const pgDumpVersion = async (): Promise<string> => (await execa("pg_dump", ["--version"])).stdout.replace(/^\D*/, "");
