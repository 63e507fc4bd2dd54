import { chmodSync, chownSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Stop } from "../../report.ts";

/** A file, as it was read. */
export interface FileRead {
  /** For a person. */
  name: string;
  path: string;
  /** Undefined where there was none. */
  text: string | undefined;
}

/**
 * Puts an edited text in a file's place, whole or not at all; the file's owner stays. It runs without waiting, so that Ctrl-C comes before it or
 * after it.
 *
 * @param mode the file's then. @default the one that it has
 * @throws Stop where the file is another one than the one that was read, or may not be written
 */
export function replaceFile({ name, path, text }: FileRead, edited: string, mode?: number): void {
  const isThere = existsSync(path);
  // A link stays one.
  const file = isThere ? realpathSync(path) : path;
  if ((isThere ? readFileSync(file, "utf8") : undefined) !== text)
    throw new Stop(`${name} was changed by somebody else in the meantime. Nothing was written: run the same command again.`);
  const old = isThere ? statSync(file) : undefined;
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    writeDraft(draft, edited, mode ?? (old?.mode ?? 0o600) & 0o7777);
    if (old !== undefined && old.uid !== process.getuid?.()) chownSync(draft, old.uid, old.gid);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw code === "EACCES" || code === "EPERM" || code === "EROFS" ? new Stop(`${name} can not be written (${code}). Nothing was changed.`) : error;
  }
}

function writeDraft(draft: string, text: string, mode: number): void {
  const handle = openSync(draft, "wx", mode);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  // Whatever the umask took away.
  chmodSync(draft, mode);
}
