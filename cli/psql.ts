import { fixedName } from "../components/ours.ts";
import type { Ran, Run } from "./run.ts";

/** The image's superuser. Over the container's own socket it needs no password. */
const SUPERUSER = "supabase_admin";

export interface PsqlArgs {
  run: Run;
  stack: string;
  sql: string;
  /** psql's variables: `:'name'` in the SQL. @default none */
  variables?: Record<string, string>;
  /** A project's only where a superuser is safe in it (components/database/superuserSession.sql). @default postgres */
  database?: string;
  /** @default 60 */
  timeoutSeconds?: number;
}

/** Asks the Postgres of a stack; its answer is the rows alone, without frames and heads. */
export function psql({ run, stack, sql, variables = {}, database = "postgres", timeoutSeconds = 60 }: PsqlArgs): Promise<Ran> {
  const set = Object.entries(variables).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const words = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", ...set];
  return run("docker", ["exec", "--interactive", fixedName(stack, "postgres"), ...words, "--username", SUPERUSER, "--dbname", database], {
    stdin: sql,
    timeoutSeconds,
  });
}
