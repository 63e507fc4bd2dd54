// Puts a backup in the place of what a project has now: database and files, all or nothing.
import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { backUp } from "./backup.ts";
import { manifests } from "./catalog.ts";
import { renderSetting, type RoleSetting, settingsToRestore } from "./extras.ts";
import { renderOpen } from "./firstDay.ts";
import { endJournal, type Journal, journals, readJournal, requireWhole, writeJournal } from "./journal.ts";
import { isEmpty, type Manifest, withFiles } from "./manifest.ts";
import { countObjects, pathsOf, type StoredObjects } from "./objects.ts";
import { PathSet } from "./pathSet.ts";
import { filesFolder, replacedFolder, restoringFolder } from "./places.ts";
import { asSuperuser, type Postgres, quoteIdentifier, quoteLiteral, withClient } from "./postgres.ts";
import { type BackupProject, REPLACED } from "./project.ts";
import { type BackupSet, snapshotOf, withReadBack } from "./prove.ts";
import { renamed } from "./renamed.ts";
import * as restic from "./restic.ts";
import { requireRoomToRestore } from "./room.ts";
import { missingAlready, whyNotReplaced } from "./safety.ts";
import type { Settings } from "./settings.ts";
import { inWords, shown, Stop } from "./stop.ts";
import { entriesBelow, keepOnly } from "./tree.ts";
import { restoreMade } from "./versions.ts";

export interface RestoreArgs {
  settings: Settings;
  project: BackupProject;
  /** What to restore; of the project itself, or of another. */
  manifest: Manifest;
  /** Nothing is there that could be wanted back: a new server's empty project. @default false */
  withoutSafetyBackup?: boolean;
  /** Make everything, compare it, and take it away again. */
  dryRun: boolean;
  say: (line: string) => void;
}

/** @throws Stop where it could not be done; then the project is as it was, unless it says that the exchange had begun */
export async function restore(args: RestoreArgs): Promise<void> {
  const { settings, project, manifest, dryRun, say } = args;
  await requireWhole(project.name);
  await sayWhatIsNewer(args);
  const safety = dryRun || args.withoutSafetyBackup ? undefined : await makeSafetyBackup(args);
  try {
    const changed = await makeBeside(args);
    if (!dryRun) await writeJournal({ project, backup: manifest.id, safety, settings: changed, phase: "out" });
  } catch (error) {
    // What this can not take away, the next job does (order.ts).
    await clearBeside(settings.postgres, project).catch(() => {});
    throw error;
  }
  if (dryRun) {
    await clearBeside(settings.postgres, project);
    return say(`${project.name}: all of backup ${manifest.id} can be restored. Nothing was changed (--dry-run).`);
  }
  await goOn(settings, project.name, say).catch((error: unknown) => {
    throw new Stop(`the exchange has begun and is not done: ${inWords(error)}. It is tried again every half minute, until it is done`);
  });
}

async function sayWhatIsNewer({ project, manifest, say }: RestoreArgs): Promise<void> {
  const newer = (await manifests(manifest.project)).find(({ kind }) => kind !== "safety");
  if (newer !== undefined && newer.id > manifest.id && isEmpty(newer)) say(`${project.name}: backup ${newer.id} is newer, and of an empty project: this is ${manifest.id}`);
}

/** All that takes long, while the project is in use. @returns the settings that change with the exchange */
async function makeBeside(args: RestoreArgs): Promise<RoleSetting[]> {
  const { project, manifest, say } = args;
  say(`${project.name}: reading backup ${manifest.id} back from the repository`);
  const size = { dumpBytes: manifest.dump.bytes, fileBytes: await filesBytes(manifest), isAnother: manifest.project !== project.name };
  await requireRoomToRestore(args.settings.postgres, project.name, size);
  return withReadBack(manifest, async (set) => {
    const { objects, changed } = await restoreBeside(args, set);
    say(`${project.name}: restoring its files`);
    await restoreFiles(project.name, manifest, set, objects);
    return changed;
  });
}

/** Ends what a killed restore had begun. A fault of one keeps no other from it. */
export async function resumeRestores(settings: Settings, say: (line: string) => void): Promise<void> {
  for (const { project } of await journals()) await goOn(settings, project.name, say).catch((error: unknown) => say(`${project.name}: FAILED: ${inWords(error)}`));
}

/** What is there now can be had back: `indie rollback`. @returns its id @throws Stop where it could not */
async function makeSafetyBackup({ settings, project, say }: RestoreArgs): Promise<string> {
  say(`${project.name}: first a backup of what is there now. What is written from here on until the restore has ended is lost; state: suspended, before, keeps users out`);
  const safety = await backUp({ settings, project, kind: "safety", say });
  const why = whyNotReplaced(project.name, safety);
  if (why !== undefined) throw new Stop(why);
  const missing = missingAlready(safety);
  if (missing > 0) say(`${project.name}: ${missing} stored files are missing there now: a rollback brings back all but them`);
  return safety.id;
}

/** The dump among them, which is not much too much. */
const filesBytes = async (manifest: Manifest): Promise<number> => restic.size(await snapshotOf(manifest, "set"));

interface Beside {
  objects: StoredObjects;
  /** Settings of the project's roles wherever they log in: until the exchange they are those of the project in use. */
  changed: RoleSetting[];
}

async function restoreBeside({ settings, project, manifest, say }: RestoreArgs, set: BackupSet): Promise<Beside> {
  const { postgres: server } = settings;
  say(`${project.name}: restoring its database beside the one in use`);
  await dropDatabase(server, project.restoringDatabase);
  if (set.keys.seed !== project.keys.seed || set.keys.generation !== project.keys.generation)
    say(`${project.name}: it has other keys than the backup: who was signed in then has to sign in again`);
  const isAnother = manifest.project !== project.name;
  const { dumpFile, extras, measure: expected } = isAnother ? await renamed({ settings, manifest, set, target: project, say }) : { ...set, measure: manifest.measure };
  const [inDatabase, everywhere] = [true, false].map((isIn) => extras.settings.filter((setting) => setting.inDatabase === isIn));
  const changed = await withClient({ server, login: server.superuser, database: "postgres" }, (client) => settingsToRestore(client, everywhere!, { roles: project.roles, reader: server.reader.user }));
  const args = { dumpFile, extras: { ...extras, settings: inDatabase! }, expected, work: set.folder };
  const sayOf = (what: string) => say(`${project.name}: beside the one in use: ${what}`);
  const { faults, objects } = await restoreMade({ ...project, ...args, settings, manifest, server, database: project.restoringDatabase, say: sayOf });
  if (faults.length > 0) throw new Stop(`${project.name}: the restored database is not as it was, so nothing was changed: ${faults.slice(0, 5).join("; ")}`);
  return { objects, changed };
}

/**
 * Those before the dump, and over them those of its moment and after it: what the dump knows is in one of them. What it does not know goes again: uploads after it,
 * what was deleted before it, parts of uploads that had not ended. Only here, beside the files in use.
 */
async function restoreFiles(project: string, manifest: Manifest, { snapshots }: BackupSet, objects: StoredObjects): Promise<void> {
  const source = manifest.project;
  const restored = restoringFolder(project);
  await rm(restored, { recursive: true, force: true });
  await mkdir(restored, { mode: 0o700 });
  for (const snapshot of withFiles(snapshots)) {
    await restic.restore(snapshot, filesFolder(source), restored);
    await requirePlainFiles(project, restored);
  }
  // Under the name that it will have.
  if (source !== project) await rename(join(restored, filesFolder(source)), join(restored, filesFolder(project)));
  const files = join(restored, filesFolder(project));
  const { withoutFile } = await countObjects(files, objects);
  if (withoutFile > missingAlready(manifest)) throw new Stop(`${project}: ${withoutFile} stored files are missing in the backup, so nothing was changed`);
  // A backup without any file may have left it out.
  await mkdir(files, { recursive: true });
  const known = await PathSet.of(pathsOf(objects));
  await keepOnly(files, (path) => known.has(path));
}

/** Storage makes nothing else. A link would lead Storage, and the next restore, into what is another project's. */
async function requirePlainFiles(project: string, folder: string): Promise<void> {
  for await (const entry of entriesBelow(folder))
    if (!entry.isFile() && !entry.isDirectory()) throw new Stop(`${project}: ${shown(entry.name)} in the backup is no plain file, so nothing was changed`);
}

async function clearBeside(server: Postgres, { name, restoringDatabase }: BackupProject): Promise<void> {
  await dropDatabase(server, restoringDatabase);
  await rm(restoringFolder(name), { recursive: true, force: true });
}

export const replacedDatabase = ({ database }: Pick<BackupProject, "database">): string => `${REPLACED}${database}`;

export async function dropDatabase(server: Postgres, database: string): Promise<void> {
  // A slot that nobody reads would keep it.
  await asSuperuser(server, "postgres", `select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = ${quoteLiteral(database)} and not active`);
  await asSuperuser(server, "postgres", `drop database if exists ${quoteIdentifier(database)} with (force)`);
}

/** Each phase may be done again from its beginning. */
async function goOn(settings: Settings, name: string, say: (line: string) => void): Promise<void> {
  for (;;) {
    const journal = await readJournal(name);
    if (journal === undefined) return;
    const { phase, backup } = journal;
    say(`${name}: restore of backup ${backup}, phase ${phase}`);
    await PHASES[phase](settings.postgres, journal);
    const next = NEXT[phase];
    if (next === undefined) await endJournal(journal);
    else await writeJournal({ ...journal, phase: next });
    if (next === undefined) say(`${name}: restored from backup ${backup}`);
  }
}

const NEXT: Record<Journal["phase"], Journal["phase"] | undefined> = { out: "in", in: "clear", clear: undefined };

const PHASES: Record<Journal["phase"], (server: Postgres, journal: Journal) => Promise<void>> = {
  out: async (server, { project }) => {
    await closeDatabase(server, project.database);
    await moveAll(filesFolder(project.name), replacedFolder(project.name), replacedFolder(project.name));
  },
  in: async (server, { project, settings = [] }) => {
    await moveAll(join(restoringFolder(project.name), filesFolder(project.name)), filesFolder(project.name), replacedFolder(project.name));
    await swapDatabases(server, project, settings);
  },
  clear: async (server, { project }) => {
    await dropDatabase(server, replacedDatabase(project));
    await rm(replacedFolder(project.name), { recursive: true, force: true });
    await rm(restoringFolder(project.name), { recursive: true, force: true });
  },
};

export const openDatabase = (server: Postgres, database: string): Promise<unknown> =>
  asSuperuser(server, "postgres", `alter database ${quoteIdentifier(database)} allow_connections true`);

/** Nobody is in it, nobody gets in. */
export async function closeDatabase(server: Postgres, database: string): Promise<void> {
  await asSuperuser(server, "postgres", `alter database ${quoteIdentifier(database)} allow_connections false`);
  await withClient({ server, login: server.superuser, database: "postgres" }, async (client) => {
    for (let left = 1; left > 0; ) {
      const { rowCount } = await client.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1", [database]);
      left = rowCount ?? 0;
    }
  });
}

/**
 * What is in a folder, not the folder itself: a project with services of its own has it mounted. Whatever was moved before a kill is there
 * already. What stands in the way at the new place is of an upload that was under way when the database closed, and that no row knows.
 */
export async function moveAll(from: string, to: string, late: string): Promise<void> {
  for (const folder of [from, to, late]) await mkdir(folder, { recursive: true });
  for (const entry of await readdir(from)) {
    const isInTheWay = await lstat(join(to, entry)).then(() => true, () => false);
    if (isInTheWay) await rename(join(to, entry), join(late, `.late-${randomUUID()}`));
    await rename(join(from, entry), join(to, entry));
  }
}

/**
 * Whether the two names were exchanged already, before a kill. Pure.
 *
 * @param there the databases that there are
 * @throws Stop where neither what was restored nor what it replaced is there: to say that it is restored would not be true
 */
export function isExchanged(there: ReadonlyMap<string, unknown>, project: BackupProject): boolean {
  if (there.has(project.restoringDatabase)) return false;
  // As an earlier version called it.
  if (there.has(replacedDatabase(project)) || there.has(`${project.restoringDatabase}_old`)) return true;
  throw new Stop(`${project.name}: the restored database ${project.restoringDatabase} is gone, and "${project.database}" was not exchanged for it`);
}

/** Both names at once, or none, and its roles' settings with them. With the limit of connections that the project has now. */
async function swapDatabases(server: Postgres, project: BackupProject, settings: readonly RoleSetting[]): Promise<void> {
  const { database, restoringDatabase } = project;
  const [id, restoring, replaced] = [database, restoringDatabase, replacedDatabase(project)].map(quoteIdentifier);
  const names = await withClient({ server, login: server.superuser, database: "postgres" }, async (client) => {
    const { rows } = await client.query<{ datname: string; datconnlimit: number }>("select datname, datconnlimit from pg_database where datname = any ($1)", [
      [database, restoringDatabase, replacedDatabase(project), `${restoringDatabase}_old`],
    ]);
    return new Map(rows.map(({ datname, datconnlimit }) => [datname, datconnlimit]));
  });
  if (isExchanged(names, project)) return;
  await closeDatabase(server, restoringDatabase);
  await asSuperuser(
    server,
    "postgres",
    `begin;
     ${renderOpen({ ...project, database: restoringDatabase })}
     ${settings.map((setting) => renderSetting(setting, database)).join("\n     ")}
     alter database ${id} rename to ${replaced};
     alter database ${restoring} rename to ${id};
     alter database ${id} allow_connections true connection limit ${names.get(database) ?? -1};
     commit`,
  );
}
