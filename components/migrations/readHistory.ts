import { execa } from "execa";
import { type AppliedMigration, parseHistory } from "./history.ts";

export interface HistoryPlace {
  /** Postgres' container. */
  container: string;
  database: string;
  /** The project's owner: what stands in its database may be a view of its own making, and runs as who reads it. */
  role: string;
}

/** Undefined where it can not be said, and why. A database that is not there yet has an empty one. */
export type History = { applied: AppliedMigration[] } | { applied: undefined; why: string };

/** The answer of the first query is the owner's word, and decides about no more than which of the others is asked. */
const QUERY = `select to_regclass('supabase_migrations.schema_migrations') is not null as there \\gset
\\if :there
  select coalesce(json_agg(json_build_object('version', version, 'name', name, 'statements', statements) order by version), '[]') from supabase_migrations.schema_migrations;
\\else
  select '[]';
\\endif
`;

/** psql inside of the container, where nobody needs a password (components/database/pg_hba.conf). Never throws, and waits for no one long. */
export async function readHistory({ container, database, role }: HistoryPlace): Promise<History> {
  const psql = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1", "--username", role, "--dbname", database];
  const options = ["--interactive", "--env", "PGOPTIONS=-c statement_timeout=10s", "--env", "PGCONNECT_TIMEOUT=10"];
  const ran = await execa("docker", ["exec", ...options, container, ...psql], { input: QUERY, reject: false, timeout: 30_000 });
  if (ran.failed) return isNew(ran.stderr) ? { applied: [] } : { applied: undefined, why: whyNot(ran) };
  try {
    return { applied: parseHistory(ran.stdout) };
  } catch {
    return { applied: undefined, why: "its table supabase_migrations.schema_migrations is not as the supabase CLI makes it" };
  }
}

/** Neither container, nor role, nor database are there yet: the update makes them. */
const isNew = (said: string): boolean => /No such container|(?:role|database) "[^"]*" does not exist/.test(said);

function whyNot({ stderr, timedOut }: { stderr: string; timedOut: boolean }): string {
  if (timedOut) return "Postgres did not answer within 30 seconds";
  return stderr.trim().split("\n").at(-1)?.slice(0, 300) || "docker said nothing";
}
