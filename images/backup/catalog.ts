// The backups that there are, as this server knows them. What the repository says of them: repository.ts.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readJson, writeJson } from "./files.ts";
import { idAfter, isEmpty, type Manifest, PROVEN } from "./manifest.ts";
import { tellFailure, tellRecovery } from "./notify.ts";
import { STATE } from "./places.ts";
import { projectNames } from "./project.ts";
import { onStack, ownStack } from "./settings.ts";
import { inWords, isHindrance, Refused } from "./stop.ts";
import { isOwn, ownFirst, saysWhose } from "./whose.ts";

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
export const manifestFile = ({ project, id }: Pick<Manifest, "project" | "id">): string => join(folder(project), `${id}.json`);
const failureFile = (project: string): string => join(STATE, "failures", `${project}.json`);
const statusFile = join(STATE, "status.json");

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
