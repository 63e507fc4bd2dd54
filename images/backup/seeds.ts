// The keys of projects that this stack does not have: of a server that is lost, of a project that was purged, or for a copy of one.
import { join } from "node:path";
import { backedUpProjects, newestToRestore } from "./catalog.ts";
import { STAGING } from "./places.ts";
import { projectNames } from "./project.ts";
import { snapshotOf } from "./prove.ts";
import * as restic from "./restic.ts";
import { onStack } from "./settings.ts";
import { Stop } from "./stop.ts";

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
 * Of all projects that this server does not have, from the newest proven backup of each. Secret.
 *
 * @throws Stop where one is not in the repository as it was written
 */
export async function savedProjects(say: (line: string) => void): Promise<Record<string, SavedProject>> {
  const here = await projectNames();
  const found: Record<string, SavedProject> = {};
  for (const name of (await backedUpProjects()).filter((each) => !here.includes(each))) {
    const saved = await savedProject(name, say);
    if (saved !== undefined) found[name] = saved;
  }
  return found;
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
  if (saved === undefined) throw new Stop(`"${name}" has no backup that is proven. Make one: npm run indie -- backup ${name}${onStack()}`);
  // Its domains lead to the one that is there.
  return { [as]: { ...saved, entry: { ...saved.entry, name: as, domains: [] }, from: name } };
}

async function savedProject(name: string, say: (line: string) => void): Promise<SavedProject | undefined> {
  const manifest = await newestToRestore(name, say);
  if (manifest === undefined) return undefined;
  const keys = JSON.parse(await restic.readFile(await snapshotOf(manifest, "set"), join(STAGING, "keys.json"))) as { seed: string; generation: number };
  // The last backup is of one that was being taken away.
  return { ...keys, entry: { ...(manifest.entry as object), state: "present" } };
}
