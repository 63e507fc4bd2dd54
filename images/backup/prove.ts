// A backup counts when it was restored and compared (facts/ops.md §2.2): read back from the repository, made a database of on the scratch server,
// compared with what was measured when it was taken.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isProven, note, noteFailure, notProven } from "./catalog.ts";
import type { Extras } from "./extras.ts";
import { readJson, sha256, writeJson } from "./files.ts";
import { foundToBe, type Level, type Manifest, PROVEN, type Trees, withFiles } from "./manifest.ts";
import { missingPaths, pathsOf, type StoredObjects } from "./objects.ts";
import { PathSet } from "./pathSet.ts";
import { filesFolder, PROOF, READ_BACK, STAGING, VAULT } from "./places.ts";
import { asSuperuser, type Postgres } from "./postgres.ts";
import type { BackupProject } from "./project.ts";
import type { RestoredDatabase } from "./restoreDatabase.ts";
import * as restic from "./restic.ts";
import { requireRoomToProve } from "./room.ts";
import { type ProjectRole, renderRoles } from "./roles.ts";
import { withScratch } from "./scratch.ts";
import { onStack, ownStack, READER, type Settings } from "./settings.ts";
import { Hindered, inWords, isHindrance, Lasting, Stop } from "./stop.ts";
import { makeTemplate, templateDump } from "./template.ts";
import { restoreMade } from "./versions.ts";
import { isOwn } from "./whose.ts";

export interface ProveArgs {
  settings: Settings;
  manifest: Manifest;
  say: (line: string) => void;
}

/** What of a backup was read back from the repository. */
export interface BackupSet {
  /** The folder of it. */
  folder: string;
  dumpFile: string;
  extras: Extras;
  roles: ProjectRole[];
  project: BackupProject;
  /** Secret. */
  keys: BackupProject["keys"];
  snapshots: Trees;
}

/**
 * Proves a backup; how far it got is in the repository afterwards, and in the catalog.
 *
 * @throws Stop where the repository fails; Hindered where it could not be tried: then the backup counts as before
 */
export async function prove({ settings, manifest, say }: ProveArgs): Promise<Manifest> {
  await requireRoomToProve(settings.postgres, manifest.project, manifest.dump.bytes);
  const proof = await carefully({ manifest, say }, () => proofOf({ settings, manifest, say }));
  const proven = foundToBe(manifest, proof, new Date());
  // What is broken counts no more, whether or not the repository can still be written to.
  if (!isProven(proven)) await noteBroken(proven, isProven(manifest));
  const { project, id: backup, kind, begun } = manifest;
  for (const fault of proven.faults.slice(0, 10)) say(`${project}: ${fault}`);
  say(`${project}: writing down in the repository how far it got`);
  await rm(PROOF, { recursive: true, force: true });
  await writeJson(join(PROOF, "manifest.json"), proven);
  // Whoever proves it, it stays that of the stack that made it, which takes it away (retention.ts).
  const { stack = settings.stack } = manifest;
  const former = (await restic.snapshots({ project, backup, part: "proof" })).filter(({ hostname }) => hostname === stack);
  await restic.save({ host: stack, tags: { project, backup, kind, part: "proof", level: proven.level }, time: begun, paths: [PROOF] });
  if (isProven(proven)) await note(proven);
  // One each. Two that a kill leaves are no harm: the later one counts (repository.ts, retention.ts).
  await restic.forget(former.map(({ id }) => id));
  return proven;
}

async function noteBroken(manifest: Manifest, wasProven: boolean): Promise<void> {
  await note(manifest);
  // Of what is there before a restore something may be missing: perhaps the very reason for that. And of another stack's, that one is told.
  if (manifest.kind !== "safety" && isOwn(manifest, ownStack())) await noteFailure(manifest.project, new Stop(notProven(manifest, wasProven)));
}

export type Proof = Pick<Manifest, "level" | "faults" | "restoreSeconds">;

/** What was proven before is lowered by nothing that passes: where it fails, it is tried once more. */
export async function carefully({ manifest, say }: Pick<ProveArgs, "manifest" | "say">, tried: () => Promise<Proof>): Promise<Proof> {
  const proof = await tried();
  if (!isProven(manifest) || proof.level === PROVEN) return proof;
  say(`${manifest.project}: ${proof.faults[0]}. It was proven before: trying once more`);
  return tried();
}

async function proofOf({ settings, manifest, say }: ProveArgs): Promise<Proof> {
  let level: Level = 0;
  try {
    say(`${manifest.project}: reading backup ${manifest.id} back from the repository`);
    return await withReadBack(manifest, async (set) => {
      level = 1;
      const began = performance.now();
      const { faults, objects } = await onScratch({ settings, manifest, set, say }, async (_, restored) => restored);
      level = 2;
      const restoreSeconds = Math.round(performance.now() - began) / 1000;
      say(`${manifest.project}: reading its files back from the repository`);
      const all = [...faults, ...(await objectFaults(manifest.project, objects, set)), ...(await rootKeyFaults(set))];
      return { level: all.length === 0 ? 3 : 2, faults: all, restoreSeconds };
    });
  } catch (error) {
    if (isHindrance(error)) throw new (error instanceof Lasting ? Lasting : Hindered)(`backup ${manifest.id} could not be proven now: ${inWords(error)}`);
    // It throws where the repository can not be opened at all: what is in it, nobody knows then.
    if ((await restic.repositoryId()) === undefined) throw new Hindered(`backup ${manifest.id} could not be proven: the repository is gone`);
    return { level, faults: [inWords(error)] };
  }
}

/** From the repository, and the bytes that were written. @throws Stop where they are not */
export async function withReadBack<T>(manifest: Manifest, use: (set: BackupSet) => Promise<T>): Promise<T> {
  const { id: backup } = manifest;
  const during = manifest.trees?.during === undefined ? undefined : await snapshotOf(manifest, "during");
  const snapshots: Trees = { before: await snapshotOf(manifest, "before"), during, set: await snapshotOf(manifest, "set") };
  await rm(READ_BACK, { recursive: true, force: true });
  await mkdir(READ_BACK, { recursive: true, mode: 0o700 });
  try {
    await restic.restore(snapshots.set, STAGING, READ_BACK);
    const folder = join(READ_BACK, STAGING);
    const dumpFile = join(folder, "database.dump");
    const found = await sha256(dumpFile).catch((error: unknown) => {
      if ((error as { code?: string }).code === "ENOENT") return "nothing";
      // restic has put it here: that it can not be read here is of this disk.
      throw new Hindered(`backup ${backup}: what was read back from the repository can not be read here: ${inWords(error)}`);
    });
    if (found !== manifest.dump.sha256) throw new Stop(`backup ${backup}: the dump in the repository is not the one that was written`);
    const read = async <T>(name: string): Promise<T> => {
      const value = await readJson<T>(join(folder, name));
      if (value === undefined) throw new Stop(`backup ${backup}: ${name} is missing in the repository`);
      return value;
    };
    return await use({
      folder,
      dumpFile,
      snapshots,
      extras: await read<Extras>("extras.json"),
      roles: await read<ProjectRole[]>("roles.json"),
      project: await read<BackupProject>("project.json"),
      keys: await read<BackupProject["keys"]>("keys.json"),
    });
  } finally {
    await rm(READ_BACK, { recursive: true, force: true });
  }
}

/** The one that was written, and no other in its place. @throws Stop where it is not there */
export async function snapshotOf({ project, id: backup, trees }: Manifest, part: keyof Trees): Promise<string> {
  if (!trees) throw new Stop(`backup ${backup} of "${project}" is of an earlier version, which did not note what it wrote. Make a new one: npm run indie -- backup ${project}${onStack()}`);
  const named = await restic.snapshots({ project, backup, part });
  const found = named.find(({ tree }) => tree === trees[part]);
  if (found !== undefined) return found.id;
  const fault = named.length === 0 ? `its snapshot "${part}" is not in the repository` : `the snapshot "${part}" in the repository is not the one that was written`;
  throw new Stop(`backup ${backup} of "${project}": ${fault}`);
}

/** The reader as on the server: bypasses policies, may read all, large objects too, which pg_read_all_data leaves out. */
const READER_SQL = `create role ${READER} login bypassrls in role pg_read_all_data; alter role ${READER} set lo_compat_privileges = on`;

export interface ScratchArgs extends ProveArgs {
  set: BackupSet;
}

/** Restores a backup on a new scratch server, and uses that before it is thrown away. */
export async function onScratch<T>({ settings, manifest, set, say }: ScratchArgs, use: (server: Postgres, restored: RestoredDatabase) => Promise<T>): Promise<T> {
  const { dumpFile, extras, roles, project, folder } = set;
  say(`${manifest.project}: starting a scratch Postgres`);
  const template = await templateDump(settings.postgres).catch(ofThisServer("this server's template can not be dumped"));
  return withScratch(async (server: Postgres) => {
    await asSuperuser(server, "postgres", `${READER_SQL};\n${renderRoles(roles)}`);
    await makeTemplate(server, template).catch(ofThisServer("this server's template can not be restored"));
    const args = { ...project, settings, manifest, server, database: project.restoringDatabase, dumpFile, extras, expected: manifest.measure, work: folder };
    return use(server, await restoreMade({ ...args, say: (what) => say(`${manifest.project}: on the scratch Postgres: ${what}`) }));
  });
}

/** The template is of this server, and of no backup: what fails there says nothing of one. */
const ofThisServer = (what: string) => (error: unknown): never => {
  throw new Hindered(`${what}: ${inWords(error)}`);
};

/** Every object that the restored database knows has a file in one of the snapshots, and every byte of all can be read. */
async function objectFaults(project: string, objects: StoredObjects, { snapshots }: BackupSet): Promise<string[]> {
  const folder = filesFolder(project);
  for (const snapshot of withFiles(snapshots)) await restic.readBack(snapshot, folder);
  const listed = async function* () {
    for (const snapshot of withFiles(snapshots)) yield* restic.list(snapshot, folder);
  };
  const there = await PathSet.of(listed());
  const { count, first } = await missingPaths(pathsOf(objects), (path) => there.has(join(folder, path)));
  return first === undefined ? [] : [`${count} objects of Storage have no file in the backup, such as ${JSON.stringify(first)}`];
}

/** Its file, in Postgres' own folder for such things (upstream's docker-compose.yml, db-config). */
const ROOT_KEY = "pgsodium_root.key";

/** Vault's root key is there, and every byte beside it can be read. No restore uses it: secrets are kept in plain text, and encrypted with the server's. */
export async function rootKeyFaults({ snapshots }: Pick<BackupSet, "snapshots">): Promise<string[]> {
  await restic.readBack(snapshots.set, VAULT);
  for await (const path of restic.list(snapshots.set, VAULT)) if (path === join(VAULT, ROOT_KEY)) return [];
  return ["Vault's root key is not in the backup"];
}
