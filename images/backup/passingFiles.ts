// Files of Storage that may be gone before a backup comes to them: overwritten or deleted while it is made.
import { chmod, chown, link, lstat, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathsOf } from "./objects.ts";
import { PathSet } from "./pathSet.ts";
import type { StoredObject } from "./places.ts";
import { Disturbed } from "./stop.ts";

export interface PassingFilesArgs {
  /** The project's stored files. */
  folder: string;
  /** On the same disk: where those are kept that the files saved before may not have. It is ours, and anew each time. */
  kept: string;
  /** When those were begun to be saved, less what a clock may be put back: milliseconds of Unix time. */
  since: number;
  /** Paths of those that were saved before, within the project's folder. */
  saved: () => AsyncIterable<string>;
}

export interface KeptFiles {
  rows: number;
  /** How many of the rows have no file, neither among those that were saved before. */
  withoutFile: number;
  /** Files that are kept. */
  kept: number;
}

/** Nobody writes into a file of Storage's that is there: each version of an object has one of its own (facts/tenancy.md §2.4). So a second name keeps it. */
export class PassingFiles {
  private readonly args: PassingFilesArgs;
  /** What was missing at the last look. */
  private missing: PathSet | undefined;

  constructor(args: PassingFilesArgs) {
    this.args = args;
  }

  /**
   * Looks at the file of each object, the sooner after their snapshot the better, and keeps those that are newer than what was saved before.
   *
   * @param objects the newest first: those go soonest
   * @throws Disturbed where one is missing that was not at the last look: it may have been deleted since the snapshot. What is missing twice is lost
   */
  async keep(objects: AsyncIterable<StoredObject>, ended: AbortSignal): Promise<KeptFiles> {
    await rm(this.args.kept, { recursive: true, force: true });
    const counted = { rows: 0, kept: 0 };
    const gone = await PathSet.of(this.keepNewer(objects, counted, ended));
    const isLost = (paths: PathSet) => paths.size === 0 || (this.missing !== undefined && paths.isWithin(this.missing));
    const missing = isLost(gone) ? gone : await without(gone, this.args.saved());
    const isKnown = isLost(missing);
    this.missing = missing;
    if (!isKnown) throw new Disturbed(`${missing.size} stored files were deleted just now, before they were saved`);
    return { ...counted, withoutFile: missing.size };
  }

  /** @returns the paths of those that are not there */
  private async *keepNewer(objects: AsyncIterable<StoredObject>, counted: { rows: number; kept: number }, ended: AbortSignal): AsyncGenerator<string> {
    const { folder, kept, since } = this.args;
    for await (const path of pathsOf(objects)) {
      ended.throwIfAborted();
      counted.rows++;
      const changed = await changedAt(folder, path);
      if (changed !== undefined && changed < since) continue;
      if (changed !== undefined && (await keepOne(folder, kept, path))) counted.kept++;
      else yield path;
    }
  }
}

/** When a file came to be, or got another name or attribute. Undefined: there is none, or its row leads out of the project's folder. */
async function changedAt(folder: string, path: string): Promise<number | undefined> {
  if (path === ".." || path.startsWith("../")) return undefined;
  const found = await lstat(join(folder, path)).catch(() => undefined);
  return found?.isFile() ? found.ctimeMs : undefined;
}

/** @returns whether it was there still */
async function keepOne(folder: string, kept: string, path: string): Promise<boolean> {
  try {
    await folderLike(folder, kept, dirname(path));
    await link(join(folder, path), join(kept, path));
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    // Two rows may name one file.
    if (code === "EEXIST") return true;
    if (code === "ENOENT") return false;
    throw error;
  }
}

/** With their owners and rights: where nothing else of a folder is saved, a restore makes it as it is here. */
async function folderLike(folder: string, kept: string, path: string): Promise<void> {
  if (path === ".") {
    await mkdir(kept, { recursive: true });
    return;
  }
  await folderLike(folder, kept, dirname(path));
  const made = join(kept, path);
  if (await stat(made).then(() => true, () => false)) return;
  const { uid, gid, mode } = await stat(join(folder, path));
  await mkdir(made);
  await chown(made, uid, gid);
  await chmod(made, mode & 0o7777);
}

async function without(paths: PathSet, others: AsyncIterable<string>): Promise<PathSet> {
  for await (const path of others) paths.take(path);
  return paths.left();
}
