// pg_restore, which reads what others wrote and runs what is in it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Login, libpqEnvironment, type Postgres } from "./postgres.ts";
import { endsWithUs } from "./programs.ts";
import { firstLine, Hindered, isFromOutside, Stop, TimedOut } from "./stop.ts";

export interface PgRestoreArgs {
  server: Postgres;
  database: string;
  dumpFile: string;
}

/** `nobody`, who owns nothing here: what gets hold of it through a crafted archive (CVE-2026-116314) can read no more than that. */
const NOBODY = 65534;

/** How the folders begin that have its lists, in the system's own. */
export const LIST_FOLDER = "restore-";

/** A function of the project's own that runs with its restore may never end, and no other project has a backup until then. Seconds. */
const timeLimit = (bytes: number): number => 900 + Math.ceil(bytes / 1e6);

/** What is kept of what it says: a function of the project's own can say as much as it likes. Bytes. */
const KEPT = 64 * 1024;

/** @throws Stop with its word where it fails; Hindered where it was ended */
export async function runPgRestore({ server, database, dumpFile }: PgRestoreArgs, login: Login, entries: number[], options: string[] = []): Promise<void> {
  if (entries.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), LIST_FOLDER));
  const list = join(folder, "list");
  await chmod(folder, 0o755);
  await writeFile(list, entries.map((entry) => `${entry};\n`).join(""), { mode: 0o644 });
  // Opened here, for who may not open it.
  const dumpHandle = await open(dumpFile);
  try {
    const seconds = timeLimit((await dumpHandle.stat()).size);
    // With row security: what a materialized view has of a table that forces it on its owner too, it has by the owner's policies.
    const given = ["--exit-on-error", "--single-transaction", "--enable-row-security", `--use-list=${list}`, `--dbname=${database}`, ...options];
    const program = spawn(...endsWithUs("pg_restore", given), {
      env: libpqEnvironment({ server, login, database }),
      // The file itself and no pipe, or it could not go to where an entry's data is.
      stdio: [dumpHandle.fd, "ignore", "pipe"],
      uid: NOBODY,
      gid: NOBODY,
      cwd: "/",
      timeout: seconds * 1000,
      killSignal: "SIGKILL",
    });
    const said = lastOf(program.stderr!);
    const [code, signal] = (await once(program, "close")) as [number | null, string | null];
    const fault = faultOf({ code, signal, seconds, isOverdue: program.killed, said: await said });
    if (fault !== undefined) throw fault;
  } finally {
    await dumpHandle.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function lastOf(stream: Readable): Promise<string> {
  let kept = Buffer.alloc(0);
  for await (const part of stream) kept = Buffer.concat([kept, part as Buffer]).subarray(-KEPT);
  return kept.toString();
}

export interface PgRestoreEnd {
  code: number | null;
  signal: string | null;
  /** Seconds that it was given. */
  seconds: number;
  /** We ended it, because they were over. */
  isOverdue: boolean;
  /** On stderr. */
  said: string;
}

/** What it failed of; undefined: of nothing. Pure. */
export function faultOf({ code, signal, seconds, isOverdue, said }: PgRestoreEnd): Stop | undefined {
  if (signal !== null && isOverdue) return new TimedOut(`pg_restore did not end within ${seconds} s`);
  if (signal !== null) return new (isFromOutside(signal) ? Hindered : Stop)(`pg_restore was ended by a signal (${signal})`);
  return code === 0 ? undefined : new Stop(`pg_restore: ${errorOf(said)}`);
}

/** Its error, which stands behind all the notices and warnings of functions. */
const errorOf = (said: string): string => firstLine(/^pg_restore: error: .*/m.exec(said)?.[0].slice("pg_restore: ".length) ?? said);
