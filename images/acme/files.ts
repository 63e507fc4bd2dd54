import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "");

/** The file's text; undefined where there is no such file. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The file's content; undefined where there is no such file. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Whole or not at all. Until then by a name of this process' own: an update tells us of names while the loop orders. */
export async function writeText(path: string, text: string, mode = 0o600): Promise<void> {
  const unfinished = `${path}.${process.pid}.new`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(unfinished, text, { mode, flush: true });
  await rename(unfinished, path);
}

export const writeJson = (path: string, value: unknown): Promise<void> => writeText(path, `${JSON.stringify(value, undefined, 1)}\n`);
