// The keys of projects that this stack does not have: of a server that is lost, or of a project that was purged.
import { join } from "node:path";
import { backedUpProjects, manifests, restorable } from "./catalog.ts";
import { STAGING } from "./places.ts";
import { projectNames } from "./project.ts";
import * as restic from "./restic.ts";

export interface SavedProject {
  /** Secret. */
  seed: string;
  generation: number;
  /** Its part of projects.yaml, with the defaults filled in. */
  entry: unknown;
}

/** From the newest proven backup of each. Secret. */
export async function savedProjects(): Promise<Record<string, SavedProject>> {
  const here = await projectNames();
  const found: Record<string, SavedProject> = {};
  for (const name of (await backedUpProjects()).filter((each) => !here.includes(each))) {
    const manifest = restorable(await manifests(name));
    const set = manifest && (await restic.snapshots({ project: name, backup: manifest.id, part: "set" })).at(-1);
    if (manifest === undefined || set === undefined) continue;
    const keys = JSON.parse(await restic.readFile(set.id, join(STAGING, "keys.json"))) as { seed: string; generation: number };
    found[name] = { ...keys, entry: manifest.entry };
  }
  return found;
}
