// Takes what the database holds, in one snapshot: pg_dump, what is measured, what pg_dump has not.
import { execa } from "execa";
import type pg from "pg";
import { type Extras, readExtras } from "./extras.ts";
import { type Measure, measure } from "./measure.ts";
import { countObjects, storedObjects } from "./objects.ts";
import { type Connection, libpqEnvironment, LOCK_TIMEOUT, type Postgres, withClient } from "./postgres.ts";
import { endsWithUs } from "./programs.ts";
import { firstLine, Stop } from "./stop.ts";

export interface DumpArgs {
  server: Postgres;
  database: string;
  roles: readonly string[];
  /** The file to write. */
  file: string;
  /** Where the project's stored files are. */
  files: string;
  sayMeasuring: () => void;
}

export interface Dumped {
  measure: Measure;
  extras: Extras;
  /** Of Storage, and how many of them have no file at the moment. */
  objects: { rows: number; withoutFile: number };
  postgresVersion: string;
}

/** @throws Stop with pg_dump's word where it failed */
export function dump({ server, database, roles, file, files, sayMeasuring }: DumpArgs): Promise<Dumped> {
  return withClient({ server, login: server.reader, database }, async (client) => {
    await client.query("begin isolation level repeatable read read only");
    const { rows } = await client.query<{ snapshot: string; version: string }>("select pg_export_snapshot() as snapshot, current_setting('server_version') as version");
    const { snapshot, version } = rows[0]!;
    await runPgDump({ server, login: server.reader, database }, file, [`--snapshot=${snapshot}`]);
    sayMeasuring();
    const extras = await inSnapshot(server, database, snapshot, (superuser) => readExtras(superuser, roles));
    const measured = await measure(client);
    return { measure: measured, extras, objects: await countObjects(files, storedObjects(client)), postgresVersion: version };
  });
}

function inSnapshot<T>(server: Postgres, database: string, snapshot: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient({ server, login: server.superuser, database }, async (client) => {
    await client.query("begin isolation level repeatable read read only");
    await client.query(`set transaction snapshot '${snapshot}'`);
    return use(client);
  });
}

/** Uncompressed: restic finds what is the same as in the last backup, and compresses the rest (facts/ops.md §2.3). */
export async function runPgDump(connection: Connection, file: string, options: string[]): Promise<void> {
  const given = ["--format=custom", "--compress=0", `--lock-wait-timeout=${LOCK_TIMEOUT}`, `--file=${file}`, ...options];
  const { exitCode, stderr, shortMessage } = await execa(...endsWithUs("pg_dump", given), {
    env: libpqEnvironment(connection),
    extendEnv: false,
    stdin: "ignore",
    reject: false,
  });
  if (exitCode !== 0) throw new Stop(`pg_dump of database ${connection.database}: ${firstLine(stderr || shortMessage || "")}`);
}

export const pgDumpVersion = async (): Promise<string> => (await execa("pg_dump", ["--version"])).stdout.replace(/^\D*/, "");
