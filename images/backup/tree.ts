// Folders with very many files in them: entry by entry, as readdir would have all names of them in memory.
import type { Dirent } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";

/** Files, folders and whatever else there is below a folder, to any depth. */
export async function* entriesBelow(folder: string): AsyncGenerator<Dirent> {
  for await (const entry of await opendir(folder)) {
    yield entry;
    if (entry.isDirectory()) yield* entriesBelow(join(folder, entry.name));
  }
}
