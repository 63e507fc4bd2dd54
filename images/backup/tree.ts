// Folders with very many files in them: entry by entry, as readdir would have all names of them in memory.
import type { Dirent } from "node:fs";
import { lstat, opendir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";

/** Files, folders and whatever else there is below a folder, to any depth. */
export async function* entriesBelow(folder: string): AsyncGenerator<Dirent> {
  for await (const entry of await opendir(folder)) {
    yield entry;
    if (entry.isDirectory()) yield* entriesBelow(join(folder, entry.name));
  }
}

/**
 * In a folder that is in use: what goes meanwhile is not counted, and a folder that is not there has none.
 *
 * @param counts whether a file does, by its path from the folder on
 */
export async function bytesBelow(folder: string, counts: (path: string) => boolean, path = ""): Promise<number> {
  let bytes = 0;
  try {
    for await (const entry of await opendir(join(folder, path))) {
      const below = join(path, entry.name);
      if (entry.isDirectory()) bytes += await bytesBelow(folder, counts, below);
      else if (counts(below)) bytes += await lstat(join(folder, below)).then(({ size }) => size, zeroIfGone);
    }
  } catch (error) {
    zeroIfGone(error);
  }
  return bytes;
}

function zeroIfGone(error: unknown): number {
  if ((error as { code?: string }).code === "ENOENT") return 0;
  throw error;
}

/**
 * Takes away what is not known, and folders that have nothing in them then. The folder itself stays.
 *
 * @param isKnown whether a file is, by its path from the folder on
 */
export async function keepOnly(folder: string, isKnown: (path: string) => boolean): Promise<void> {
  await keepBelow(folder, "", isKnown);
}

/** @returns whether nothing is left in it */
async function keepBelow(root: string, path: string, isKnown: (path: string) => boolean): Promise<boolean> {
  let isEmpty = true;
  for await (const entry of await opendir(join(root, path))) {
    const below = join(path, entry.name);
    const isKept = entry.isDirectory() ? !(await keepBelow(root, below, isKnown)) : isKnown(below);
    if (isKept) isEmpty = false;
    else await (entry.isDirectory() ? rmdir : rm)(join(root, below));
  }
  return isEmpty;
}
