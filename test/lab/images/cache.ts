import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDir } from "../../../cli/layout.ts";

/** Where images, downloads and the images file are kept. */
export const cacheFolder = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(cacheDir(environment), "images");

/** A folder to work in, on the disk of the cache so that a rename can move from it; gone afterwards. */
export async function withWorkFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(cacheFolder(), { recursive: true });
  const folder = await mkdtemp(join(cacheFolder(), ".work-"));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A file or folder of the cache, made if it is not there. It appears whole, by a rename; of two that make it at once the first stays.
 * `make` gets the path to make it at.
 */
export async function cached(path: string, make: (path: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  await withWorkFolder(async (folder) => {
    const made = join(folder, "made");
    await make(made);
    await mkdir(dirname(path), { recursive: true });
    await rename(made, path).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(path)) throw error;
    });
  });
  return path;
}

/** Writes a file whole or not at all. */
export const cachedText = (path: string, text: string): Promise<string> => cached(path, (made) => writeFile(made, text));

/** Copies kept of each image: those of the branches that one goes back and forth between. */
const KEPT_ARCHIVES = 4;

/** Each is 30 to 110 MB, and a stand-in changes often. */
export async function dropOldArchives(service: string): Promise<void> {
  const names = (await readdir(cacheFolder())).filter((name) => name.startsWith(`lab-${service}-`));
  const archives = await Promise.all(names.map(async (name) => ({ name, time: (await stat(join(cacheFolder(), name))).mtimeMs })));
  const old = archives.toSorted((a, b) => b.time - a.time).slice(KEPT_ARCHIVES);
  await Promise.all(old.map(({ name }) => rm(join(cacheFolder(), name), { force: true })));
}
