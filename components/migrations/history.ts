// A project's files beside what its database says was applied. Pure.
import { z } from "zod";
import { versionOf } from "../../spec/migrations.ts";

/** A file of the project's folder. */
export interface LocalMigration {
  file: string;
  text: string;
}

/** A row of `supabase_migrations.schema_migrations`, where the supabase CLI notes what it applied. The table is the project's owner's to change. */
const appliedMigration = z.object({ version: z.string(), name: z.string().nullable(), statements: z.array(z.string()).nullable() });
export type AppliedMigration = z.infer<typeof appliedMigration>;

/** @throws where it is something else than the CLI's table */
export const parseHistory = (text: string): AppliedMigration[] => z.array(appliedMigration).parse(JSON.parse(text));

/** What must not be: nothing is applied then. */
export interface Conflict {
  kind: "changed" | "gone" | "too old";
  /** Files; of what is gone, what they were called. */
  files: string[];
}

export interface Comparison {
  /** Files that wait, in the order in which they are applied. */
  pending: string[];
  /** @default none */
  conflict?: Conflict;
}

/** @param local in the order of their names */
export function compareHistory(local: readonly LocalMigration[], applied: readonly AppliedMigration[]): Comparison {
  const known = new Map(applied.map((row) => [row.version, row]));
  const pending = local.filter(({ file }) => !known.has(versionOf(file))).map(({ file }) => file);
  const conflict = conflicts(local, known, pending).find(({ files }) => files.length > 0);
  return { pending, ...(conflict === undefined ? {} : { conflict }) };
}

function conflicts(local: readonly LocalMigration[], known: Map<string, AppliedMigration>, pending: string[]): Conflict[] {
  const there = new Set(local.map(({ file }) => versionOf(file)));
  const gone = [...known.values()].filter(({ version }) => !there.has(version)).map(({ version, name }) => `${version}_${name ?? ""}.sql`);
  const changed = local.filter(({ file, text }) => {
    const statements = known.get(versionOf(file))?.statements;
    return statements != null && !isWrittenAs(text, statements);
  });
  const newest = [...known.keys()].sort().at(-1) ?? "";
  return [
    { kind: "gone", files: gone.sort() },
    { kind: "changed", files: changed.map(({ file }) => file) },
    { kind: "too old", files: pending.filter((file) => versionOf(file) < newest) },
  ];
}

/**
 * Whether a file is still what was applied: the CLI notes each statement as it stood, without the blanks and semicolons between them (seen,
 * 3.1.0), so that all else of the file must be those.
 */
export function isWrittenAs(text: string, statements: readonly string[]): boolean {
  let at = 0;
  for (const statement of statements) {
    const begin = text.indexOf(statement, at);
    if (begin < 0 || !isBetween(text.slice(at, begin))) return false;
    at = begin + statement.length;
  }
  return isBetween(text.slice(at));
}

/** \s has the byte order mark, too. */
const isBetween = (text: string): boolean => /^[\s;]*$/.test(text);
