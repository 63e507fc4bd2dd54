// The backups that there are, as this server knows them; and what the repository says where it does not.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readJson, writeJson } from "./files.ts";
import { backupId, type Manifest, PROVEN } from "./manifest.ts";
import { PROOF, STATE } from "./places.ts";
import { projectNames } from "./project.ts";
import * as restic from "./restic.ts";
import { inWords, Stop } from "./stop.ts";

/** A try that led to no backup. */
export interface Failure {
  /** ISO 8601. */
  at: string;
  text: string;
}

/** What the program of the stack shows of each project, in its outputs. */
export interface Status {
  /** ISO 8601: of the newest backup that was restored and compared, when that was, and when it was made. */
  lastProvenRestore?: string;
  lastProvenBackup?: string;
  /** How many proven ones the repository has. */
  provenBackups: number;
  /** There while the last try failed. */
  lastFailure?: Failure;
  /** There while it is removed: how far that went, and when. */
  removal?: { phase: string; locked?: string };
}

const folder = (project: string): string => join(STATE, "catalog", project);
const manifestFile = ({ project, id }: Pick<Manifest, "project" | "id">): string => join(folder(project), `${id}.json`);
const failureFile = (project: string): string => join(STATE, "failures", `${project}.json`);
const statusFile = join(STATE, "status.json");
const repositoryFile = join(STATE, "repository.json");

/** The newest first. */
export async function manifests(project: string): Promise<Manifest[]> {
  const files = (await readdir(folder(project)).catch(() => [])).filter((file) => file.endsWith(".json")).sort().reverse();
  const read = await Promise.all(files.map((file) => readJson<Manifest>(join(folder(project), file))));
  return read.filter((manifest) => manifest !== undefined);
}

export const isProven = ({ level }: Manifest): boolean => level === PROVEN;

/** What failed before is over with a backup that is proven, not with one that is only made. */
export async function note(manifest: Manifest): Promise<void> {
  await writeJson(manifestFile(manifest), manifest);
  if (isProven(manifest)) await rm(failureFile(manifest.project), { force: true });
  await writeStatus();
}

export async function noteFailure(project: string, error: unknown): Promise<void> {
  await writeJson(failureFile(project), { at: new Date().toISOString(), text: inWords(error) } satisfies Failure);
  await writeStatus();
}

export async function dropFromCatalog(project: string, id: string): Promise<void> {
  await rm(manifestFile({ project, id }), { force: true });
}

async function statusOf(project: string): Promise<Status> {
  const proven = (await manifests(project)).filter(isProven);
  return {
    lastProvenRestore: proven[0]?.proven,
    lastProvenBackup: proven[0]?.begun,
    provenBackups: proven.length,
    lastFailure: await readJson<Failure>(failureFile(project)),
    removal: await removalOf(project),
  };
}

/** As removal.ts writes it. */
async function removalOf(project: string): Promise<Status["removal"]> {
  const removal = await readJson<{ phase: string; locked?: string }>(join(STATE, "removals", `${project}.json`));
  return removal === undefined ? undefined : { phase: removal.phase, locked: removal.locked };
}

export async function writeStatus(): Promise<void> {
  const removed = (await readdir(join(STATE, "removals")).catch(() => [])).flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? []);
  const names = [...new Set([...(await projectNames()), ...removed])];
  await writeJson(statusFile, Object.fromEntries(await Promise.all(names.map(async (name) => [name, await statusOf(name)] as const))));
}

interface KnownRepository {
  id: string;
  /** Proofs in it that could not be read. While there are any, they are tried again. */
  unread?: number;
}

export interface OpenArgs {
  /** Begin with another repository: what the catalog knows is in none of ours any more. @default false */
  isNew?: boolean;
  /** A killed job may have left its lock. @default false */
  mayBeLocked?: boolean;
  say: (line: string) => void;
}

/**
 * The repository is there and is the one that this server's backups are in, and what the catalog knows is in it. A new one is made where there
 * never was one.
 *
 * @throws Stop where it is gone, or another one stands in its place
 */
export async function openRepository({ isNew = false, mayBeLocked = false, say }: OpenArgs): Promise<void> {
  const { id: known, unread = 0 } = (await readJson<Partial<KnownRepository>>(repositoryFile)) ?? {};
  let id = await restic.repositoryId();
  if (known !== undefined && known !== id && !isNew)
    throw new Stop(
      `${id === undefined ? "The repository is gone" : "Another repository stands where this server's was"}: the backups that this server made (${known.slice(0, 8)}) are not in it.
Put it back. To begin with ${id === undefined ? "a new, empty one" : "that one"} all the same: npm run indie -- backup --all --new-repository`,
    );
  if (id === undefined) {
    say("making a new repository");
    await restic.init();
    id = (await restic.repositoryId())!;
  }
  if (mayBeLocked || known !== id) await restic.unlockStale();
  if (known === id && unread === 0) return noteMissing(say);
  say("reading from the repository which backups it has");
  await rm(join(STATE, "catalog"), { recursive: true, force: true });
  await writeJson(repositoryFile, { id, unread: await readCatalog(say) } satisfies KnownRepository);
  await writeStatus();
}

/**
 * From the proofs in the repository: of each backup the last that ended, as one that was killed may have left the former beside its own.
 *
 * @returns how many could not be read: a repository that is damaged is no reason to do without the rest of it
 */
async function readCatalog(say: (line: string) => void): Promise<number> {
  let unread = 0;
  for (const snapshot of await restic.snapshots({ part: "proof" })) {
    try {
      const manifest = JSON.parse(await restic.readFile(snapshot.id, join(PROOF, "manifest.json"))) as Manifest;
      const other = await readJson<Manifest>(manifestFile(manifest));
      if (other === undefined || (other.proven ?? "") < (manifest.proven ?? "")) await writeJson(manifestFile(manifest), manifest);
    } catch (error) {
      unread++;
      const { project, backup } = restic.readTags(snapshot);
      say(`${project}: backup ${backup} is left out, as its proof can not be read: ${inWords(error)}`);
    }
  }
  return unread;
}

/** What somebody took out of the repository, or what can not be read there any more, counts no more. */
async function noteMissing(say: (line: string) => void): Promise<void> {
  const there = new Set((await restic.snapshots({})).map(restic.readTags).map(({ project, backup, part }) => `${project} ${backup} ${part}`));
  for (const manifest of (await Promise.all((await backedUpProjects()).map(manifests))).flat()) {
    const { project, id, level } = manifest;
    const missing = (["before", "set"] as const).filter((part) => !there.has(`${project} ${id} ${part}`));
    if (level === 0 || missing.length === 0) continue;
    const fault = `its snapshot "${missing[0]}" is not in the repository, or can not be read there`;
    await note({ ...manifest, level: 0, faults: [fault] });
    await noteFailure(project, new Stop(`backup ${id} counts no more: ${fault}`));
    say(`${project}: backup ${id} counts no more: ${fault}`);
  }
}

/** The projects of which there are backups, also those that this server does not have. */
export async function backedUpProjects(): Promise<string[]> {
  return (await readdir(join(STATE, "catalog")).catch(() => [])).sort();
}

/** @throws Stop where there is no such backup, or none that is proven */
export async function findBackup(project: string, id?: string): Promise<Manifest> {
  const all = await manifests(project);
  // What was there before a restore is what the restore was against.
  const found = id === undefined ? all.find((manifest) => isProven(manifest) && manifest.kind !== "safety") : all.find((manifest) => manifest.id === id);
  if (found !== undefined) return found;
  const proven = all.filter(isProven).map((manifest) => manifest.id);
  throw new Stop(
    id === undefined
      ? `"${project}" has no backup that is proven. Make one: npm run indie -- backup ${project}`
      : `"${project}" has no backup ${JSON.stringify(id)}. Proven are: ${proven.join(", ") || "none"}`,
  );
}

/** A name that no backup of the project has yet: two in one second are possible. */
export async function nextId(project: string): Promise<string> {
  const taken = (await manifests(project)).map(({ id }) => id);
  let now = Date.now();
  while (taken.includes(backupId(new Date(now)))) now += 1000;
  return backupId(new Date(now));
}
