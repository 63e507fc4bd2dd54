// What the resource `<project>-migrations` runs: applies what waits, and says on stdout what became of it. It ends well also when a migration
// fails: at the first resource that fails, Pulumi begins nothing more of any project. The program makes an error of it (projectMigrations.ts).
import { compareHistory, type Comparison, type LocalMigration } from "./history.ts";
import { push } from "./push.ts";
import { type History, readHistory } from "./readHistory.ts";
import { readLocal } from "./readLocal.ts";
import type { Failure, Outcome } from "./words.ts";

const env = (name: string): string => process.env[name] ?? "";

const folder = env("FOLDER");
const files = JSON.parse(env("FILES")) as string[];
const place = { container: env("CONTAINER"), database: env("DATABASE"), role: env("ROLE") };

async function apply(): Promise<Omit<Outcome, "attempt">> {
  const local = await readLocal(folder, files);
  const before = compare(local, await readHistory(place));
  if ("why" in before) return { applied: [], failure: { pending: [], said: `its database could not be read: ${before.why}` } };
  const { pending, conflict } = before;
  if (conflict !== undefined) return { applied: [], failure: { conflict, pending, said: "" } };
  if (pending.length === 0) return { applied: [] };
  const program = env("SUPABASE");
  if (program === "") return { applied: [], failure: { pending, said: env("SUPABASE_MISSING") } };
  const { said } = await push({
    ...place,
    program,
    folder,
    files,
    password: env("PGPASSWORD"),
    port: env("PORT"),
    began: (file) => console.error(`migration ${file}`),
  });
  return said === undefined ? { applied: pending } : failed(pending, said, compare(local, await readHistory(place)));
}

const compare = (local: LocalMigration[], history: History): Comparison | { why: string } =>
  history.applied === undefined ? { why: history.why } : compareHistory(local, history.applied);

/** The first that waits still is the one that failed; where it came to none, its connection did, and nothing says which. */
function failed(before: string[], said: string, after: Comparison | { why: string }): Omit<Outcome, "attempt"> {
  const pending = "why" in after ? before : after.pending;
  const isOfFile = !("why" in after) && /\bAt statement: \d+/.test(said);
  const failure: Failure = { ...(isOfFile ? { file: pending[0]! } : {}), pending, said };
  return { applied: before.filter((file) => !pending.includes(file)), failure };
}

const outcome = await apply().catch((error: Error) => ({ applied: [], failure: { pending: [], said: error.message } }));
console.log(JSON.stringify({ attempt: env("ATTEMPT"), ...outcome } satisfies Outcome));
