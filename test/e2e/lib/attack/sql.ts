import pg, { type Client, type DatabaseError } from "pg";
import type { Answer } from "./door.ts";

const TIMEOUT_MS = 15_000;

export interface Login {
  port: number;
  database: string;
  user: string;
  password: string;
  /** As a walsender, which takes commands of the replication protocol. @default false */
  replication?: boolean;
}

/**
 * What Postgres says to who may not. Any other error is the matrix's mistake, or Postgres's: a door that only answers "syntax error" has
 * not been tried.
 */
const REFUSALS: Record<string, string> = {
  "42501": "not permitted",
  "28P01": "wrong password",
  "28000": "no entry",
  "3D000": "no such database",
  "0A000": "not supported",
  "55006": "in use",
  "55000": "not of this database",
  "42704": "unknown here",
  "42883": "unknown here",
  "42P01": "unknown here",
  // Our own statement_timeout, where nothing answers.
  "57014": "no connection",
  // dblink asks for a password, and insists that it was used.
  "2F003": "password required",
};

/** What dblink, postgres_fdw, a subscription and http say of a server that is not there, or does not let them in. */
const NO_CONNECTION =
  /could not translate host|resolve host|Connection refused|Network is unreachable|No route to host|timeout expired|timed out|Couldn't connect|Failed to connect|permission denied for database|password authentication failed|no password supplied|no pg_hba\.conf entry|not currently accepting/i;

/** Runs statements, in one session, until one is refused. The answer is all rows, and all notices. */
export const runSql = (login: Login, ...statements: string[]): Promise<Answer> => runEach(login, [statements]);

/**
 * Runs groups of statements, in one session: a session each would take most of the matrix's time. What was refused in one group does not
 * keep the next from being tried. The answer is the first group's that was not refused, or all refusals.
 */
export async function runEach({ port, replication = false, ...login }: Login, groups: readonly string[][]): Promise<Answer> {
  const more = replication ? { replication: "database" as const } : {};
  const client = new pg.Client({ host: "127.0.0.1", port, ...login, ...more, connectionTimeoutMillis: TIMEOUT_MS });
  const said: string[] = [];
  // A session that was ended from outside says so here too.
  client.on("error", () => {});
  client.on("notice", ({ message }) => said.push(String(message)));
  const refusals: Answer[] = [];
  try {
    await client.connect();
    for (const group of groups) {
      const answer = await runGroup(client, group, said);
      if (answer.result !== "refused") return { ...answer, text: `${group.join("; ")}: ${answer.text}` };
      refusals.push(answer);
    }
  } catch (error) {
    return answerOf(error as DatabaseError, said);
  } finally {
    await client.end().catch(() => {});
  }
  const outcomes = new Set(refusals.map(({ outcome }) => outcome));
  return { result: "refused", outcome: [...outcomes].sort().join(", "), text: refusals.map(({ text }) => text).join("\n") };
}

async function runGroup(client: Client, statements: string[], said: string[]): Promise<Answer> {
  try {
    for (const statement of statements) said.push(...[await client.query(statement)].flat().map(({ rows }) => JSON.stringify(rows)));
    return { result: "granted", outcome: "done", text: said.join("\n") };
  } catch (error) {
    return answerOf(error as DatabaseError, said);
  }
}

function answerOf({ code = "", message, detail = "" }: DatabaseError, said: string[]): Answer {
  const refusal = REFUSALS[code] ?? (NO_CONNECTION.test(`${message} ${detail}`) ? "no connection" : undefined);
  const text = `${said.join("\n")}\n${code} ${message} ${detail}`;
  return { result: refusal === undefined ? "broken" : "refused", outcome: refusal ?? (code || message), text };
}
