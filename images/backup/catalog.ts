// The backups that there are, as this server knows them; and what the repository says where it does not.
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readJson, writeJson } from "./files.ts";
import { foundToBe, idAfter, isEmpty, isManifest, type Manifest, PROVEN } from "./manifest.ts";
import { tellFailure, tellRecovery } from "./notify.ts";
import { PROOF, STATE } from "./places.ts";
import { projectNames } from "./project.ts";
import * as restic from "./restic.ts";
import { onStack, ownStack } from "./settings.ts";
import { Hindered, inWords, isHindrance, Refused, Stop } from "./stop.ts";
import { isOwn, madeBy, ownFirst, saysWhose, speaksBefore } from "./whose.ts";

/** A try that led to no backup. */
export interface Failure {
  /** ISO 8601. */
  at: string;
  text: string;
}

/** What the program of the stack shows of each project, in its outputs. */
export interface Status {
  /** Of this stack's own backups. ISO 8601: of the newest that was restored and compared, when that was, and when it was made. */
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

/** Why it does not count. @param wasProven it did before */
export const notProven = ({ id, faults }: Manifest, wasProven = false): string =>
  `backup ${id} ${wasProven ? "was proven, and is not any more" : "is not proven"}: ${faults[0] ?? "its proof did not end"}`;

/** Those that this stack made, the newest first. */
export const ownManifests = async (project: string): Promise<Manifest[]> => (await manifests(project)).filter((manifest) => isOwn(manifest, ownStack()));

/**
 * What failed before is over with a backup that is proven, not with one that is only made; nor with an older one, where the newest is what failed.
 * Pure.
 *
 * @param all this stack's, the newest first
 */
export const showsThatAllIsWell = (manifest: Manifest, all: readonly Manifest[]): boolean =>
  isProven(manifest) && all.every((other) => other.id <= manifest.id || isProven(other) || other.kind === "safety");

export async function note(manifest: Manifest): Promise<void> {
  await writeJson(manifestFile(manifest), manifest);
  const isWell = isOwn(manifest, ownStack()) && showsThatAllIsWell(manifest, await ownManifests(manifest.project));
  if (isWell) await rm(failureFile(manifest.project), { force: true });
  await writeStatus();
  if (isWell) await tellRecovery(manifest.project, `backup ${manifest.id} is proven`);
}

export async function noteFailure(project: string, error: unknown): Promise<void> {
  // Words of ours, or the first of others': what follows may be a row.
  const text = inWords(error);
  await writeJson(failureFile(project), { at: new Date().toISOString(), text } satisfies Failure);
  await writeStatus();
  await tellFailure(project, { text, isHindrance: isHindrance(error) });
}

export async function dropFromCatalog(project: string, id: string): Promise<void> {
  await rm(manifestFile({ project, id }), { force: true });
}

async function statusOf(project: string): Promise<Status> {
  const proven = (await ownManifests(project)).filter(isProven);
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

async function currentStatus(): Promise<Record<string, Status>> {
  const removed = (await readdir(join(STATE, "removals")).catch(() => [])).flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? []);
  const names = [...new Set([...(await projectNames()), ...removed])];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await statusOf(name)] as const)));
}

/** Another process may write what it read before us after we wrote: who writes looks again whether it is still so. */
export async function writeStatus(): Promise<void> {
  let written: Record<string, Status> | undefined;
  for (let status = await currentStatus(); !isDeepStrictEqual(status, written); status = await currentStatus()) {
    await writeJson(statusFile, status);
    written = status;
  }
}

interface KnownRepository {
  id: string;
  /** Proofs in it that could not be read. While there are any, they are tried again. */
  unread?: number;
}

export interface OpenArgs {
  /** Go on with whatever repository is there: what the catalog knows is in none of ours any more. @default false */
  isNew?: boolean;
  /** Where there never was one, make it. A job that only reads does not: an empty one in a wrong place would hide that. @default false */
  mayBegin?: boolean;
  /** A killed job may have left its lock. @default false */
  mayBeLocked?: boolean;
  say: (line: string) => void;
}

/** Whether there is a repository, or should be one. @throws Stop where it can not be opened */
export const hasRepository = async (): Promise<boolean> => existsSync(repositoryFile) || (await restic.repositoryId()) !== undefined;

/**
 * The repository is there and is the one that this server's backups are in, and what the catalog knows is in it.
 *
 * @throws Stop where it is gone, or another one stands in its place, or there never was one
 */
export async function openRepository({ isNew = false, mayBegin = false, mayBeLocked = false, say }: OpenArgs): Promise<void> {
  const { id: known, unread = 0 } = (await readJson<Partial<KnownRepository>>(repositoryFile)) ?? {};
  let id = await restic.repositoryId();
  // A disk that is mounted again, a bucket that is there again: nothing of a backup.
  if (known !== undefined && known !== id && !isNew)
    throw new Hindered(
      `${id === undefined ? "The repository is gone" : "Another repository stands where this server's was"}: the backups that this server made (${known.slice(0, 8)}) are not in it.
Put it back. ${id === undefined ? "To begin with a new, empty one all the same: npm run indie -- backup --all" : "To go on with that one all the same: npm run indie -- backups"} --new-repository${onStack()}`,
    );
  if (id === undefined) {
    if (!mayBegin)
      throw new Stop(
        `There is no repository in ${restic.place()}, and so no backup. The first backup makes one: npm run indie -- backup --all${onStack()}
If there should be one: it is where the stack's setting backupRepository says (docs/backups.md).`,
      );
    say("making a new repository");
    await restic.init();
    id = (await restic.repositoryId())!;
  }
  if (mayBeLocked || known !== id) await restic.unlockStale();
  if (known === id && unread === 0) return noteMissing(say);
  say("reading from the repository which backups it has");
  // Of the same one it stays: what was found broken here, the repository may not know.
  if (known !== id) await rm(join(STATE, "catalog"), { recursive: true, force: true });
  await writeJson(repositoryFile, { id, unread: await readCatalog(say) } satisfies KnownRepository);
  await noteMissing(say);
  await writeStatus();
}

/**
 * From the proofs in the repository: of each backup the last that ended, as one that was killed may have left the former beside its own.
 *
 * @returns how many could not be read: a repository that is damaged is no reason to do without the rest of it
 * @throws Stop where one is none of ours
 */
async function readCatalog(say: (line: string) => void): Promise<number> {
  let unread = 0;
  const all = await restic.snapshots({});
  for (const snapshot of all.filter((each) => restic.readTags(each).part === "proof")) {
    const manifest = await readProof(snapshot, say);
    if (manifest === undefined) unread++;
    else await noteProof(manifest, snapshot, all);
  }
  return unread;
}

/** Undefined: it can not be read, which was said. */
async function readProof(snapshot: restic.Snapshot, say: (line: string) => void): Promise<unknown> {
  try {
    return JSON.parse(await restic.readFile(snapshot.id, join(PROOF, "manifest.json")));
  } catch (error) {
    const { project, backup } = restic.readTags(snapshot);
    say(`${project}: backup ${backup} is left out, as its proof can not be read: ${inWords(error)}`);
    return undefined;
  }
}

async function noteProof(read: unknown, { id }: restic.Snapshot, all: readonly restic.Snapshot[]): Promise<void> {
  if (!isManifest(read)) throw new Stop(`The repository holds a proof that is none of ours, in snapshot ${id}. Nothing of it was taken over. Take it out of there: restic forget ${id}`);
  const manifest: Manifest = { ...read, stack: madeBy(read, all) };
  const other = await readJson<Manifest>(manifestFile(manifest));
  if (other === undefined || speaksBefore(manifest, other, ownStack())) await writeJson(manifestFile(manifest), manifest);
}

/** What somebody took out of the repository, or what can not be read there any more, counts no more. */
async function noteMissing(say: (line: string) => void): Promise<void> {
  const all = await restic.snapshots({});
  const there = new Set(all.map(restic.readTags).map(({ project, backup, part }) => `${project} ${backup} ${part}`));
  for (const known of (await Promise.all((await backedUpProjects()).map(manifests))).flat()) {
    const manifest: Manifest = { ...known, stack: madeBy(known, all) };
    if (known.stack !== manifest.stack) await writeJson(manifestFile(manifest), manifest);
    const { project, id, level } = manifest;
    const parts = ["before", ...(manifest.trees?.during === undefined ? [] : ["during"]), "set", "proof"];
    const missing = parts.filter((part) => !there.has(`${project} ${id} ${part}`));
    const isOurs = isOwn(manifest, ownStack());
    if (!isOurs && missing.length === parts.length) {
      say(`${project}: backup ${id} is not in the repository any more: the stack that made it took it away`);
      await dropFromCatalog(project, id);
      continue;
    }
    // Its proof was written down, and can be anew.
    if (level === 0 || missing.length === 0 || missing[0] === "proof") continue;
    const fault = `its snapshot "${missing[0]}" is not in the repository, or can not be read there`;
    await note(foundToBe(manifest, { level: 0, faults: [fault] }, new Date()));
    if (isOurs) await noteFailure(project, new Stop(`backup ${id} counts no more: ${fault}`));
    say(`${project}: backup ${id} counts no more: ${fault}`);
  }
}

/** The projects of which there are backups, also those that this server does not have. */
export async function backedUpProjects(): Promise<string[]> {
  return (await readdir(join(STATE, "catalog")).catch(() => [])).sort();
}

/**
 * The one that a restore is from: the newest proven one, but not of an empty project where there is one that is not. A new server's schedule may
 * have made that, before the data was brought back.
 *
 * @param all the newest first
 */
export function restorable(all: readonly Manifest[]): Manifest | undefined {
  // What was there before a restore is what the restore was against.
  const proven = all.filter((manifest) => isProven(manifest) && manifest.kind !== "safety");
  return proven.find((manifest) => !isEmpty(manifest)) ?? proven[0];
}

/** What a restore is from, of this stack's own first; says it where that is another stack's. Undefined: none is proven. */
export async function newestToRestore(project: string, say: (line: string) => void): Promise<Manifest | undefined> {
  const found = ownFirst(await manifests(project), ownStack(), restorable);
  const whose = found && saysWhose(found, ownStack());
  if (whose !== undefined) say(`${project}: ${whose}`);
  return found;
}

/** {@link newestToRestore}, and what would be that if those before it were not there. */
export const allToRestore = async (project: string): Promise<Manifest[]> => {
  const left = new Set(await manifests(project));
  const choose = () => ownFirst([...left], ownStack(), restorable);
  const chosen: Manifest[] = [];
  for (let next = choose(); next !== undefined; next = choose()) {
    chosen.push(next);
    left.delete(next);
  }
  return chosen;
};

/**
 * The one that is named; or else {@link newestToRestore}.
 *
 * @throws Stop where there is no such backup, or none that is proven
 */
export async function findBackup(project: string, id: string | undefined, say: (line: string) => void): Promise<Manifest> {
  const found = id === undefined ? await newestToRestore(project, say) : (await manifests(project)).find((manifest) => manifest.id === id);
  if (found !== undefined) return found;
  const proven = (await manifests(project)).filter(isProven).map((manifest) => manifest.id);
  throw new Refused(
    id === undefined
      ? `"${project}" has no backup that is proven. Make one: npm run indie -- backup ${project}${onStack()}`
      : `"${project}" has no backup ${JSON.stringify(id)}. Proven are: ${proven.join(", ") || "none"}`,
  );
}

/** A name that no backup of the project has yet. */
export const nextId = async (project: string): Promise<string> => idAfter((await manifests(project)).map(({ id }) => id), new Date());
