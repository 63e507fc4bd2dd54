// The keys of projects that this stack does not have: of a server that is lost, or of a project that was purged.
import { join } from "node:path";
import { backedUpProjects, isProven, manifests } from "./catalog.ts";
import { STAGING } from "./places.ts";
import { projectNames } from "./project.ts";
import { snapshotOf } from "./prove.ts";
import * as restic from "./restic.ts";

export interface SavedProject {
  /** Secret. */
  seed: string;
  generation: number;
  /** Its part of projects.yaml, with the defaults filled in. */
  entry: unknown;
}

/** From the newest proven backup of each. Secret. @throws Stop where one is not in the repository as it was written */
export async function savedProjects(): Promise<Record<string, SavedProject>> {
  const here = await projectNames();
  const found: Record<string, SavedProject> = {};
  for (const name of (await backedUpProjects()).filter((each) => !here.includes(each))) {
    const manifest = (await manifests(name)).find((each) => isProven(each) && each.kind !== "safety");
    if (manifest === undefined) continue;
    const keys = JSON.parse(await restic.readFile(await snapshotOf(manifest, "set"), join(STAGING, "keys.json"))) as { seed: string; generation: number };
    found[name] = { ...keys, entry: manifest.entry };
  }
  return found;
}
