import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalMigration } from "./history.ts";

/** @param files those of the folder that are migrations, in the order of their names */
export const readLocal = (folder: string, files: readonly string[]): Promise<LocalMigration[]> =>
  Promise.all(files.map(async (file) => ({ file, text: await readFile(join(folder, file), "utf8") })));
