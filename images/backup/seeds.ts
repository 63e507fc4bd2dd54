// The keys of projects that this stack does not have: of a server that is lost, of a project that was purged, or for a copy of one.
import { join } from "node:path";
import { allToRestore, backedUpProjects } from "./catalog.ts";
import type { Manifest } from "./manifest.ts";
import { STAGING } from "./places.ts";
import { type BackupProject, projectNames } from "./project.ts";
import { snapshotOf } from "./prove.ts";
import * as restic from "./restic.ts";
import { onStack, ownStack } from "./settings.ts";
import { inWords, isHindrance, Stop } from "./stop.ts";
import { saysWhose } from "./whose.ts";

export interface SavedProject {
  /** Secret. */
  seed: string;
  generation: number;
  /** Its part of projects.yaml, with the defaults filled in. */
  entry: object;
  /** The project whose backup it is, where that has another name. */
  from?: string;
}

/**
 * Of all projects that this server does not have, from the newest proven backup of each that can be read. Secret.
 *
 * @returns also the projects of which none could be: the others' keys are had all the same
 */
export async function savedProjects(say: (line: string) => void): Promise<{ saved: Record<string, SavedProject>; failed: string[] }> {
  const here = await projectNames();
  const saved: Record<string, SavedProject> = {};
  const failed: string[] = [];
  for (const name of (await backedUpProjects()).filter((each) => !here.includes(each))) {
    const found = await savedProject(name, say);
    if (found === "unreadable") failed.push(name);
    else if (found !== undefined) saved[name] = found;
  }
  return { saved, failed };
}

/**
 * Of one project, for another that is to have its keys. Secret.
 *
 * @param as the other's name
 * @throws Stop where there is no such backup, or the other is there already: its keys do not change
 */
export async function savedProjectAs(name: string, as: string, say: (line: string) => void): Promise<Record<string, SavedProject>> {
  if ((await projectNames()).includes(as)) throw new Stop(`"${as}" is on this server already, with keys of its own: they do not change.`);
  const saved = await savedProject(name, say);
  if (saved === "unreadable") throw new Stop(`The keys of "${name}" could not be had from any backup that is proven.`);
  if (saved === undefined) throw new Stop(`"${name}" has no backup that is proven. Make one: npm run indie -- backup ${name}${onStack()}`);
  // Its domains lead to the one that is there.
  return { [as]: { ...saved, entry: { ...saved.entry, name: as, domains: [] }, from: name } };
}

/** Undefined: none is proven. */
async function savedProject(name: string, say: (line: string) => void): Promise<SavedProject | "unreadable" | undefined> {
  const all = await allToRestore(name);
  for (const manifest of all) {
    try {
      const keys = await keysOf(manifest);
      if (manifest !== all[0]) say(`${name}: its keys are those of backup ${manifest.id}`);
      const whose = saysWhose(manifest, ownStack());
      if (whose !== undefined) say(`${name}: ${whose}`);
      // The last backup is of one that was being taken away.
      return { ...keys, entry: { ...(manifest.entry as object), state: "present" } };
    } catch (error) {
      // It is the same for all.
      if (isHindrance(error)) throw error;
      say(`${name}: FAILED: the keys can not be had from backup ${manifest.id}: ${inWords(error)}`);
    }
  }
  return all.length === 0 ? undefined : "unreadable";
}

async function keysOf(manifest: Manifest): Promise<BackupProject["keys"]> {
  const { seed, generation } = JSON.parse(await restic.readFile(await snapshotOf(manifest, "set"), join(STAGING, "keys.json"))) as Partial<BackupProject["keys"]>;
  if (typeof seed !== "string" || typeof generation !== "number") throw new Stop("its keys.json has no seed, or no generation");
  return { seed, generation };
}
