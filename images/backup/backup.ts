// One backup of one project: taken, put into the repository, proven.
import { mkdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { nextId, note, noteFailure } from "./catalog.ts";
import { dump, type Dumped, pgDumpVersion } from "./dump.ts";
import { readJson, sha256, writeJson } from "./files.ts";
import { requireWhole } from "./journal.ts";
import type { Kind, Manifest, Trees } from "./manifest.ts";
import type { PassingFilesArgs } from "./passingFiles.ts";
import { filesFolder, PULUMI_STATE, savingFolder, STAGING, VAULT } from "./places.ts";
import { withClient } from "./postgres.ts";
import type { BackupProject } from "./project.ts";
import { prove } from "./prove.ts";
import * as restic from "./restic.ts";
import { requireRoomToBackUp } from "./room.ts";
import { readRoles } from "./roles.ts";
import type { Settings } from "./settings.ts";
import { inWords } from "./stop.ts";

export interface BackupArgs {
  settings: Settings;
  project: BackupProject;
  kind: Kind;
  /** Says what goes on. */
  say: (line: string) => void;
}

/** How far a clock may be put back while the files are saved, in milliseconds. What is kept for that, and saved before too, is no harm. */
const CLOCK = 60_000;

/**
 * @returns the manifest, with the level that the proof reached
 * @throws Stop where it could not be made; it is noted as a failure then, and nothing of it counts
 */
export async function backUp(args: BackupArgs): Promise<Manifest> {
  const { project, say } = args;
  try {
    await requireWhole(project.name);
    const manifest = await takeIntoRepository(args);
    say(`${project.name}: backup ${manifest.id} is in the repository; restoring it to prove it`);
    return await prove({ ...args, manifest });
  } catch (error) {
    // On a disk that is full there is no room for that either.
    await noteFailure(project.name, error).catch((also: unknown) => say(`${project.name}: that it failed could not be noted: ${inWords(also)}`));
    throw error;
  }
}

async function takeIntoRepository(args: BackupArgs): Promise<Manifest> {
  const { settings, project } = args;
  const begun = new Date();
  const id = await nextId(project.name);
  await requireRoomToBackUp(settings.postgres, project.name, project.database);
  await rm(STAGING, { recursive: true, force: true });
  await mkdir(STAGING, { recursive: true, mode: 0o700 });
  const saving = savingFolder(project.name);
  await rm(saving, { recursive: true, force: true });
  await mkdir(saving, { recursive: true, mode: 0o700 });
  // Storage takes a folder away with the last file in it. Files that should be there are missed all the same: by the rows that know them.
  await mkdir(filesFolder(project.name), { recursive: true });
  try {
    const manifest = await take(args, id, begun);
    await note(manifest);
    return manifest;
  } finally {
    await rm(saving, { recursive: true, force: true });
    await rm(STAGING, { recursive: true, force: true });
  }
}

/**
 * The files before the dump and after it (facts/ops.md §2.4); and those by second names, from the dump's moment on, that came after the former and may be
 * gone before the latter.
 */
async function take({ settings, project, kind, say }: BackupArgs, id: string, begun: Date): Promise<Manifest> {
  const tags = { project: project.name, backup: id, kind };
  const files = filesFolder(project.name);
  const common = { host: settings.stack, time: begun.toISOString() };
  say(`${project.name}: saving its files`);
  const last = (await restic.snapshots({ project: project.name, part: "set" })).at(-1)?.id;
  const since = Date.now() - CLOCK;
  const before = await restic.save({ ...common, tags: { ...tags, part: "before" }, paths: [files], parent: last });
  say(`${project.name}: dumping its database`);
  const file = join(STAGING, "database.dump");
  const passing: PassingFilesArgs = { folder: files, kept: join(savingFolder(project.name), files), since, saved: () => savedFiles(before, files) };
  const dumped = await dump({ ...project, server: settings.postgres, file, files: passing, say: (what) => say(`${project.name}: ${what}`) });
  const described = await describe({ settings, project, kind, id, begun, file, dumped });
  await writeSet(settings, project, dumped, described);
  say(`${project.name}: saving dump, files and keys`);
  if (dumped.objects.kept > 0) await restic.save({ ...common, tags: { ...tags, part: "during" }, paths: [files.slice(1)], cwd: savingFolder(project.name) });
  await restic.save({ ...common, tags: { ...tags, part: "set" }, paths: [files, STAGING, VAULT], parent: before });
  return { ...described, trees: await treesOf(described) };
}

/** Another stack that has the repository too may have begun one in the same second. */
async function treesOf({ project, id: backup, stack }: Described): Promise<Trees> {
  const own = (await restic.snapshots({ project, backup })).filter(({ hostname }) => hostname === stack);
  const treeOf = (part: keyof Trees) => own.findLast((snapshot) => restic.readTags(snapshot).part === part)?.tree;
  return { before: treeOf("before")!, during: treeOf("during"), set: treeOf("set")! };
}

/** By their paths within the project's folder. */
async function* savedFiles(snapshot: string, folder: string): AsyncGenerator<string> {
  for await (const path of restic.list(snapshot, folder)) yield relative(folder, path);
}

interface DescribeArgs {
  settings: Settings;
  project: BackupProject;
  kind: Kind;
  id: string;
  begun: Date;
  file: string;
  dumped: Dumped;
}

type Described = Omit<Manifest, "trees">;

async function describe({ settings, project, kind, id, begun, file, dumped }: DescribeArgs): Promise<Described> {
  return {
    id,
    project: project.name,
    stack: settings.stack,
    kind,
    begun: begun.toISOString(),
    ended: new Date().toISOString(),
    database: project.database,
    owner: project.owner,
    roles: project.roles,
    versions: { postgres: dumped.postgresVersion, pgDump: await pgDumpVersion(), restic: await restic.version(), images: project.images },
    entry: project.entry,
    dump: { bytes: (await stat(file)).size, sha256: await sha256(file) },
    measure: dumped.measure,
    vaultSecrets: dumped.extras.vault.length,
    objects: { rows: dumped.objects.rows, withoutFile: dumped.objects.withoutFile },
    level: 0,
    faults: [],
  };
}

/** What lies beside the dump. */
async function writeSet({ postgres }: Settings, project: BackupProject, { extras }: Dumped, described: Described): Promise<void> {
  const roles = await withClient({ server: postgres, login: postgres.superuser, database: "postgres" }, (client) => readRoles(client, project.roles));
  await writeJson(join(STAGING, "manifest.json"), described);
  await writeJson(join(STAGING, "extras.json"), extras);
  await writeJson(join(STAGING, "roles.json"), roles);
  await writeJson(join(STAGING, "keys.json"), project.keys);
  await writeJson(join(STAGING, "project.json"), { ...project, keys: undefined });
  const state = await readJson<unknown>(PULUMI_STATE);
  if (state !== undefined) await writeJson(join(STAGING, "pulumi.json"), state);
}
