// Makes a database of a dump, as it was: on the scratch server to prove it, and on the real one.
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Archive, CutOff, readArchive } from "./archive.ts";
import { renderClear } from "./clear.ts";
import { describeEntry, differences, entriesToRestore, firstDayToClear, foreignEntries, notRestored, type RestoreArgs, sequenceStates } from "./contents.ts";
import { runPgDump } from "./dump.ts";
import { type Extras, extrasDifferences, readExtras, restoreMappings, restoreSettings, restoreVault } from "./extras.ts";
import { type FirstDayArgs, giveToOwner, makeFirstDay } from "./firstDay.ts";
import { contentDifferences, type Measure, measure } from "./measure.ts";
import { storedObjects, type StoredObjects, writtenDown } from "./objects.ts";
import { restorePassedOn } from "./passedOn.ts";
import { runPgRestore } from "./pgRestore.ts";
import { asSuperuser, withClient } from "./postgres.ts";
import { withRestorer } from "./restorer.ts";
import { Stop } from "./stop.ts";

export interface RestoreDatabaseArgs extends FirstDayArgs {
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
  /** The objects of Storage that it knows; there as long as the folder of what is made on the way is. */
  objects: StoredObjects;
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
 * None of the project's logins can enter it yet: see {@link makeFirstDay}.
 *
 * @throws Stop where the dump is refused, or its restore fails: then the database is of no use
 */
export async function restoreDatabase(args: RestoreDatabaseArgs): Promise<RestoredDatabase> {
  const { server, database, roles, extras, say } = args;
  const project = await readArchiveFile(args.dumpFile);
  say("making a database as on the first day");
  await makeFirstDay(args);
  const base = await archiveOf(args, "base.dump");
  const chosen: RestoreArgs = { project, base, roles: new Set(roles), replicating: await replicatingRoles(args) };
  const foreign = foreignEntries(chosen);
  if (foreign.length > 0) throw new Stop(`The dump is refused: it holds what is neither the project's nor the image's: ${foreign.slice(0, 5).map(describeEntry).join(", ")}`);
  // As superuser: nothing of the project is in the database yet, and the statements are our own dump's.
  await asSuperuser(server, database, await renderClear(roles, firstDayToClear(chosen)));
  const asWeAre = { server, login: server.superuser, database };
  await withClient(asWeAre, (client) => restoreVault(client, extras.vault));
  await giveToOwner(args);
  say("restoring the dump into it");
  await restoreEntries(args, chosen);
  say("restoring what the dump does not hold");
  await withClient(asWeAre, async (client) => {
    await restoreMappings(client, extras.mappings);
    await restorePassedOn(client, extras.grants, roles);
    await restoreSettings(client, extras.settings, { database, roles, reader: server.reader.user });
  });
  say("comparing it");
  return compare(args, project);
}

async function restoreEntries(args: RestoreDatabaseArgs, chosen: RestoreArgs): Promise<void> {
  const { replicating, others } = entriesToRestore(chosen);
  await withRestorer({ ...args, replicating: chosen.replicating }, async ({ login, giveTo }) => {
    for (const [role, entries] of replicating) {
      await runPgRestore(args, login, entries, ["--no-owner"]);
      await giveTo(role);
    }
    await runPgRestore(args, login, others);
  });
}

async function replicatingRoles({ server, roles }: RestoreDatabaseArgs): Promise<Set<string>> {
  const { rows } = await withClient({ server, login: server.superuser, database: "postgres" }, (client) =>
    client.query<{ rolname: string }>("select rolname from pg_roles where rolreplication and rolname = any ($1) order by 1", [roles]),
  );
  return new Set(rows.map(({ rolname }) => rolname));
}

/** What a database holds, without its data. @param work a folder of ours */
export async function archiveOf({ server, database, work }: Pick<RestoreDatabaseArgs, "server" | "database" | "work">, name: string): Promise<Archive> {
  const file = join(work, name);
  await runPgDump({ server, login: server.reader, database }, file, ["--schema-only"]);
  try {
    return await readArchiveFile(file);
  } finally {
    await rm(file, { force: true });
  }
}

async function compare(args: RestoreDatabaseArgs, project: Archive): Promise<RestoredDatabase> {
  const { server, database, roles, extras, expected } = args;
  const restored = await archiveOf(args, "restored.dump");
  const isThere = await withClient({ server, login: server.superuser, database }, (client) => readExtras(client, roles));
  const found = await withClient({ server, login: server.reader, database }, async (client) => {
    await client.query("begin isolation level repeatable read read only");
    const objects = await writtenDown(join(args.work, "objects.jsonl"), storedObjects(client));
    return { objects, measure: await measure(client) };
  });
  // A sequence does not know snapshots: what the dump says is what is to be there.
  const wanted: Measure = { tables: expected.tables, sequences: { ...expected.sequences, ...sequenceStates(project) } };
  return {
    faults: [...differences(project, restored), ...contentDifferences(wanted, found.measure, notRestored(project, new Set(roles))), ...extrasDifferences(extras, isThere)],
    objects: found.objects,
  };
}
