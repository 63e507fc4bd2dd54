// Folders of migrations: what the supabase CLI takes from one, and in which order.
import { posix } from "node:path";
import { quote } from "./error.ts";
import type { SourceFile } from "./document.ts";
import type { Mistake } from "./report.ts";
import { at, type Written } from "./written.ts";

/** What is in a folder, as Node names it; throws what Node does. */
export type ReadFolder = (path: string) => string[];

/** As the supabase CLI knows one (its words: "file name must match pattern <timestamp>_name.sql"). */
const FILE = /^(\d+)_(.+)\.sql$/;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** What the CLI notes of a file that it has applied. */
export const versionOf = (file: string): string => FILE.exec(file)![1]!;

/** The files of a folder that are migrations, in the order in which they are applied: by their names, as the CLI does. */
export const migrationFiles = (names: readonly string[]): string[] => names.filter((name) => FILE.test(name) && !CONTROL.test(name)).sort();

/** What is wrong with the field's own text. */
export function migrationsMistake(value: string): string | undefined {
  if (value.trim() === "") return "is empty → write the folder's path, such as ./supabase/blog/migrations, or leave the field out";
  if (CONTROL.test(value)) return "has a line break or another control character → write the folder's path in one line";
  if (/^(?:[/\\~]|[A-Za-z]:)/.test(value)) return "must be a path from the folder of this file → such as ./supabase/blog/migrations";
  return undefined;
}

/** The folder that a project's field names, as the file itself is named: from the folder of Pulumi.yaml. */
export const migrationsFolder = (projectsFile: string, written: string): string => posix.join(posix.dirname(projectsFile), written);

/** What is wrong with a project's folder, at the field that names it. */
export function folderMistakes({ path, merged }: Written, source: SourceFile, readFolder: ReadFolder): Mistake[] {
  const written = merged.migrations;
  if (typeof written !== "string" || migrationsMistake(written) !== undefined) return [];
  const folder = migrationsFolder(source.file, written);
  return mistakesIn(folder, readFolder).map((text) => at(source, path, ["migrations"], `migrations: ${text}`));
}

function mistakesIn(folder: string, readFolder: ReadFolder): string[] {
  try {
    return fileMistakes(readFolder(folder), folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === "ENOTDIR") return [`${folder} is no folder → write the folder that the .sql files are in`];
    const how = code === "ENOENT" ? "make the folder, or mend the path: it begins where this file is" : "let yourself read it";
    return [`${folder} can not be read (${code}) → ${how}`];
  }
}

/**
 * Of the names of a folder: what looks like a migration and would be left out, and what leaves the order open. Other files may lie there, and hidden
 * ones: only `.sql` means one.
 */
export function fileMistakes(names: readonly string[], folder: string): string[] {
  const all = names.filter((name) => /\.sql$/i.test(name) && !name.startsWith(".")).sort();
  const wrong = all.filter((name) => !FILE.test(name) || CONTROL.test(name));
  const good = migrationFiles(all);
  const first = good[0];
  const taken = new Map<string, string>();
  return [
    ...wrong.map((name) => `${shown(name)} in ${folder} has no name of a migration → <timestamp>_<name>.sql, such as 20260131120000_add_notes.sql`),
    ...good.flatMap((name) => {
      const version = versionOf(name);
      const earlier = taken.get(version);
      taken.set(version, name);
      if (earlier !== undefined) return [`${quote(name)} in ${folder} has the timestamp of ${quote(earlier)} → give it another one`];
      if (version.length === versionOf(first!).length) return [];
      // "9_b.sql" would come after "10_a.sql".
      return [`${quote(name)} in ${folder} has a timestamp of ${version.length} digits, and ${quote(first!)} one of ${versionOf(first!).length} → as many digits in each, so that their order is plain`];
    }),
  ];
}

const shown = (name: string): string => (CONTROL.test(name) ? "a file with a control character in its name" : quote(name));
