// The repository, as this server knows it: that it is the one, and what it says of backups that the catalog does not know, or knows otherwise.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { backedUpProjects, dropFromCatalog, manifestFile, manifests, note, noteFailure, writeStatus } from "./catalog.ts";
import { readJson, writeJson } from "./files.ts";
import { isKnown, readKnown, writeKnown } from "./knownRepository.ts";
import { foundToBe, isBackupId, isManifest, type Manifest, PROJECT_NAME } from "./manifest.ts";
import { PROOF, STATE } from "./places.ts";
import * as restic from "./restic.ts";
import { onStack, ownStack } from "./settings.ts";
import { Hindered, inWords, Stop } from "./stop.ts";
import { isOwn, madeBy, speaksBefore } from "./whose.ts";

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
export const hasRepository = async (): Promise<boolean> => isKnown() || (await restic.repositoryId()) !== undefined;

/**
 * The repository is there and is the one that this server's backups are in, and what the catalog knows is in it.
 *
 * @throws Stop where it is gone, or another one stands in its place, or there never was one
 */
export async function openRepository({ isNew = false, mayBegin = false, mayBeLocked = false, say }: OpenArgs): Promise<void> {
  const { id: known, unread = 0, found } = await readKnown();
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
  const all = await restic.snapshots({});
  if (known === id && unread === 0) {
    if (await readNew(all, say)) await writeStatus();
    return noteMissing(all, say);
  }
  say("reading from the repository which backups it has");
  // Of the same one it stays: what was found broken here, the repository may not know.
  if (known !== id) await rm(join(STATE, "catalog"), { recursive: true, force: true });
  const left = await readCatalog(all, say);
  await writeKnown({ id, unread: left, found: known === id ? found : await newestOfEach() });
  await noteMissing(all, say);
  await writeStatus();
}

const newestOfEach = async (): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all((await backedUpProjects()).map(async (project) => [project, (await manifests(project))[0]?.id ?? ""] as const)));

/**
 * From the proofs in the repository: of each backup the last that ended, as one that was killed may have left the former beside its own.
 *
 * @returns how many could not be read: a repository that is damaged is no reason to do without the rest of it
 * @throws Stop where one is none of ours
 */
async function readCatalog(all: readonly restic.Snapshot[], say: (line: string) => void): Promise<number> {
  let unread = 0;
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

/**
 * What another stack has made since. One that can not be taken over keeps nobody from the others.
 *
 * @returns whether there is something new
 */
async function readNew(all: readonly restic.Snapshot[], say: (line: string) => void): Promise<boolean> {
  // Chosen first: of one that has two proofs, both are read.
  const found = all.filter((snapshot) => {
    const { part, project = "", backup = "" } = restic.readTags(snapshot);
    return part === "proof" && PROJECT_NAME.test(project) && isBackupId(backup) && !existsSync(manifestFile({ project, id: backup }));
  });
  for (const snapshot of found) {
    const { project, backup } = restic.readTags(snapshot);
    const read = await readProof(snapshot, say);
    if (read === undefined) continue;
    // What is known here speaks for itself: no other name in it reaches that.
    if (isManifest(read) && read.project === project && read.id === backup) await noteProof(read, snapshot, all);
    else say(`${project}: backup ${backup} is left out, as its proof is none of ours: snapshot ${snapshot.id}`);
  }
  return found.length > 0;
}

/** What somebody took out of the repository, or what can not be read there any more, counts no more. */
async function noteMissing(all: readonly restic.Snapshot[], say: (line: string) => void): Promise<void> {
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
