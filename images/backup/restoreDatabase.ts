// Makes a database of a dump, as it was: on the scratch server to prove it, and on the real one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Archive, CutOff, readArchive } from "./archive.ts";
import { describeEntry, differences, entriesToRestore, type FirstDayToClear, firstDayToClear, foreignEntries, sequenceStates } from "./contents.ts";
import { runPgDump, storedObjects } from "./dump.ts";
import { type Extras, extrasDifferences, readExtras, renderSetting, restoreMappings, restoreVault } from "./extras.ts";
import { contentDifferences, type Measure, measure } from "./measure.ts";
import { asSuperuser, type Login, libpqEnvironment, type Postgres, quoteIdentifier, quoteLiteral, withClient } from "./postgres.ts";
import type { StoredObject } from "./places.ts";
import { endsWithUs } from "./programs.ts";
import { withRestorer } from "./restorer.ts";
import { firstLine, Stop } from "./stop.ts";

export interface RestoreDatabaseArgs {
  server: Postgres;
  /** The database to make. There is none of the name. */
  database: string;
  owner: string;
  roles: readonly string[];
  /** Makes a copy of the template, of this name, the project's. */
  tenancySql: string;
  /** Makes sessions of a superuser in it safe. */
  sessionSql: string;
  dumpFile: string;
  extras: Extras;
  /** As it was when the dump was made. */
  expected: Measure;
  /** A folder of ours for what is made on the way. */
  work: string;
  /** Says what goes on there. */
  say: (what: string) => void;
}

export interface RestoredDatabase {
  /** What is not as it was, told for people. Empty: it is. */
  faults: string[];
  /** The objects of Storage that it knows. */
  objects: StoredObject[];
}

/** A dump's list is at its beginning, and mostly this long at most; no list of ours is near the other. */
const LIST_BYTES = { first: 4 * 1024 * 1024, most: 128 * 1024 * 1024 };

export async function readArchiveFile(path: string): Promise<Archive> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let length = LIST_BYTES.first; ; length *= 2) {
      const bytes = Buffer.alloc(Math.min(size, length));
      await file.read(bytes, 0, bytes.length, 0);
      try {
        return readArchive(bytes);
      } catch (error) {
        if (!(error instanceof CutOff) || bytes.length === size || length >= LIST_BYTES.most) throw error;
      }
    }
  } finally {
    await file.close();
  }
}

/**
 * A copy of the template, made the project's; then what of the dump is the project's, by a role that is no superuser; then what pg_dump has not.
 *
 * @throws Stop where the dump is refused, or its restore fails: then the database is of no use
 */
export async function restoreDatabase(args: RestoreDatabaseArgs): Promise<RestoredDatabase> {
  const { server, database, owner, roles, extras, say } = args;
  const project = await readArchiveFile(args.dumpFile);
  say("making a database as on the first day");
  await makeFirstDay(args);
  const base = await archiveOf(args, "base.dump");
  const chosen = { project, base, roles: new Set(roles) };
  const foreign = foreignEntries(chosen);
  if (foreign.length > 0) throw new Stop(`The dump is refused: it holds what is neither the project's nor the image's: ${foreign.slice(0, 5).map(describeEntry).join(", ")}`);
  await clearFirstDay(args, firstDayToClear(chosen));
  say("restoring the dump into it");
  await withRestorer(server, database, owner, roles, (login) => runPgRestore(args, login, entriesToRestore(chosen)));
  say("restoring what the dump does not hold");
  await withClient({ server, login: server.superuser, database }, async (client) => {
    await restoreVault(client, extras.vault);
    await restoreMappings(client, extras.mappings);
  });
  await asSuperuser(server, "postgres", extras.settings.map((setting) => renderSetting(setting, database)).join("\n"));
  say("comparing it");
  return compare(args, project);
}

const clearSql = (): Promise<string> => readFile(fileURLToPath(new URL("clear.sql", import.meta.url)), "utf8");

/** Makes room for what the dump brings. As superuser: nothing of the project is in the database yet, and the statements are our own dump's. */
async function clearFirstDay({ server, database, roles }: RestoreDatabaseArgs, { drops, privileges, schemas }: FirstDayToClear): Promise<void> {
  const settings = { roles: roles.join(","), privileges: JSON.stringify(privileges), schemas: JSON.stringify(schemas) };
  const set = Object.entries(settings).map(([name, value]) => `set indie_ventures.${name} = ${quoteLiteral(value)};`);
  await asSuperuser(server, database, [...set, await clearSql(), ...drops].join("\n"));
}

/** As the project's was on its first day. */
async function makeFirstDay({ server, database, owner, tenancySql, sessionSql }: RestoreDatabaseArgs): Promise<void> {
  const id = quoteIdentifier(database);
  await asSuperuser(server, "postgres", `create database ${id} template supabase_template owner ${quoteIdentifier(owner)}`);
  await asSuperuser(server, "postgres", sessionSql);
  await asSuperuser(server, database, tenancySql);
}

async function archiveOf({ server, database, work }: RestoreDatabaseArgs, name: string): Promise<Archive> {
  const file = join(work, name);
  await runPgDump({ server, login: server.reader, database }, file, ["--schema-only"]);
  try {
    return await readArchiveFile(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** `nobody`, who owns nothing here: a program that reads what others wrote (CVE-2026-116314) can read no more than that. */
const NOBODY = 65534;

async function runPgRestore({ server, database, dumpFile }: RestoreDatabaseArgs, login: Login, entries: number[]): Promise<void> {
  const list = join(tmpdir(), `restore-${process.pid}.list`);
  await writeFile(list, entries.map((entry) => `${entry};\n`).join(""), { mode: 0o644 });
  // Opened here, for who may not open it.
  const dumpHandle = await open(dumpFile);
  try {
    const program = spawn(...endsWithUs("pg_restore", ["--exit-on-error", "--single-transaction", `--use-list=${list}`, `--dbname=${database}`]), {
      env: libpqEnvironment({ server, login, database }),
      // The file itself and no pipe, or it could not go to where an entry's data is.
      stdio: [dumpHandle.fd, "ignore", "pipe"],
      uid: NOBODY,
      gid: NOBODY,
      cwd: "/",
    });
    const said = text(program.stderr!);
    const [code] = (await once(program, "close")) as [number | null];
    if (code !== 0) throw new Stop(`pg_restore: ${firstLine((await said) || "ended by a signal")}`);
  } finally {
    await dumpHandle.close();
    await rm(list, { force: true });
  }
}

async function compare(args: RestoreDatabaseArgs, project: Archive): Promise<RestoredDatabase> {
  const { server, database, roles, extras, expected } = args;
  const restored = await archiveOf(args, "restored.dump");
  const isThere = await withClient({ server, login: server.superuser, database }, (client) => readExtras(client, roles));
  const found = await withClient({ server, login: server.reader, database }, async (client) => ({ objects: await storedObjects(client), measure: await measure(client) }));
  // A sequence does not know snapshots: what the dump says is what is to be there.
  const wanted: Measure = { tables: expected.tables, sequences: { ...expected.sequences, ...sequenceStates(project) } };
  return {
    faults: [...differences(project, restored), ...contentDifferences(wanted, found.measure), ...extrasDifferences(extras, isThere)],
    objects: found.objects,
  };
}
