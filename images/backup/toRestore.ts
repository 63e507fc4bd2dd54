// Which backup `restore` means.
import { findBackup, manifests, restorable } from "./catalog.ts";
import { readKnown } from "./knownRepository.ts";
import type { Manifest } from "./manifest.ts";
import { onStack, ownStack } from "./settings.ts";
import { Refused } from "./stop.ts";
import { twoMeant } from "./whose.ts";

export interface ToRestoreArgs {
  /** What is restored. */
  project: string;
  /** Whose backup, where it is another's. */
  from?: string;
  /** The backup, where it is named. */
  backup?: string;
  withoutSafetyBackup: boolean;
  say: (line: string) => void;
}

/** @throws Refused where there is none, or where two could be meant, of which the wrong one would be restored in silence */
export async function findToRestore({ project, from, backup, withoutSafetyBackup, say }: ToRestoreArgs): Promise<Manifest> {
  const source = from ?? project;
  const two = backup === undefined ? twoMeant(await manifests(source), ownStack(), (await readKnown()).found?.[source], restorable) : undefined;
  if (two === undefined) return findBackup(source, backup, say);
  const command = (id: string) =>
    `npm run indie -- restore ${project}${from === undefined ? "" : ` --from ${from}`} --backup ${id}${withoutSafetyBackup ? " --without-safety-backup" : ""}${onStack()}`;
  throw new Refused(
    `"${source}" has backups of before this server knew the repository, and one that it made since, which is not of an empty project; and it was not restored here yet. Which one is meant?
What was there before, of ${two.before.begun}: ${command(two.before.id)}
What is here since, of ${two.since.begun}: ${command(two.since.id)}
Nothing was changed.`,
  );
}
