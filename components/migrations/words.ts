// What is said of migrations, before an update and after one that failed. Pure.
import { shown } from "../../images/backup/stop.ts";
import type { Comparison, Conflict } from "./history.ts";

/** What the command that applies them says of itself (apply.ts). */
export interface Outcome {
  /** Of the update that it ran in: what an earlier one said is no news. */
  attempt: string;
  /** What this run applied. */
  applied: string[];
  /** @default all went well */
  failure?: Failure;
}

export interface Failure {
  /** The file that failed. @default it did not come to a file */
  file?: string;
  conflict?: Conflict;
  /** Files that have not been applied, with the one that failed. */
  pending: string[];
  /** The supabase CLI's words, or ours where it did not come to that. */
  said: string;
}

/** A list of names that does not fill a screen. */
export const listed = (files: readonly string[]): string => (files.length <= 8 ? files.join(", ") : `${files.slice(0, 7).join(", ")} and ${files.length - 7} more`);

const CONFLICTS: Record<Conflict["kind"], (files: string, folder: string) => string> = {
  changed: (files, folder) => `what is in ${folder} is another text than the one that was applied: ${files}.
Put the file back as it was (git log ${folder}), and write what is to change into a new migration.`,
  gone: (files, folder) => `the database has had migrations that ${folder} has not: ${files}.
Put the files back. One that somebody applied from elsewhere is had by: supabase migration fetch. One that is to be forgotten: supabase migration repair --status reverted <timestamp>.`,
  "too old": (files, folder) => `${folder} has migrations that are older than the newest applied one: ${files}.
Give the files a newer timestamp, so that they come last here as everywhere.`,
};

/** Names of what is gone are the database's, and so its owner's to write: they begin no line, and move no cursor. */
export const conflictWords = ({ kind, files }: Conflict, folder: string): string => CONFLICTS[kind](listed(files.map(shown)), folder);

/** At preview, of what the update would do; undefined where it is nothing. */
export function previewWords(project: string, folder: string, { pending, conflict }: Comparison): { level: "info" | "warn"; text: string } | undefined {
  if (conflict !== undefined)
    return { level: "warn", text: `project "${project}": the update will apply no migration and end with an error, as ${conflictWords(conflict, folder)}` };
  if (pending.length === 0) return undefined;
  return { level: "info", text: `${pending.length === 1 ? "1 migration waits" : `${pending.length} migrations wait`} for this update, from ${folder}:\n${pending.map((file) => `  ${file}`).join("\n")}` };
}

export const unknownWords = (project: string, why: string): string =>
  `project "${project}": which migrations wait can not be seen now (${shown(why)}). The update looks again before it applies any.`;

/** The error that an update ends with. */
export function failureWords(project: string, folder: string, { applied, failure }: Outcome & { failure: Failure }): string {
  const { file, conflict, pending, said } = failure;
  const left = file === undefined ? pending : pending.slice(1);
  const words = [
    conflict !== undefined
      ? `project "${project}": no migration was applied: ${conflictWords(conflict, folder)}`
      : `project "${project}": ${file === undefined ? `its migrations could not be applied` : `migration ${folder}/${file} failed`}.`,
    ...(applied.length === 0 ? [] : [`Applied before it: ${listed(applied)}.`]),
    ...(left.length === 0 || conflict !== undefined ? [] : [`Not applied${file === undefined ? "" : " either"}: ${listed(left)}.`]),
    ...(said === "" ? [] : [indented(said)]),
    `The project serves as before, and no other one was stopped by it. Mend it, and run the same command again (docs/migrations.md).`,
  ];
  return words.join("\n");
}

/** A trigger of the owner's may have written some of it. Tabs stay. */
const indented = (text: string): string => text.split("\n").map((line) => `  ${line.split("\t").map(shown).join("\t")}`).join("\n");
