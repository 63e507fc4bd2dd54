// One request, one transaction: role, claims and headers are settings of the transaction, set with bound parameters
// (docs/references/transactions.rst; src/PostgREST/Query/PreQuery.hs at v14.17).
import type { Pool } from "pg";
import type { Routine } from "./catalog.ts";
import type { Config } from "./config.ts";
import { acquire } from "./database.ts";
import type { Client } from "./database.ts";
import type { AuthResult } from "./jwt.ts";
import type { ApiRequest } from "./request.ts";
import { comma, ident, join, param, quoteIdentifier, sql, toQuery } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** Settings of roles that the authenticator may switch to (`alter role anon set statement_timeout = …`). */
export type RoleSettings = Map<string, { settings: [string, string][]; isolationLevel: string | undefined }>;

const setting = (name: string, value: string): Sql => sql`set_config(${param(name)}, ${param(value)}, true)`;

function cookiesOf(header: string | undefined): Record<string, string> {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim()).filter((pair) => pair.includes("="));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

export function settingsSql(
  request: ApiRequest, config: Config, auth: AuthResult, roles: RoleSettings, routine: Routine | undefined,
): Sql {
  const { http, preferences } = request;
  const { cookie, ...headers } = http.headers;
  const searchPath = [request.schema, ...config.dbExtraSearchPath].map(quoteIdentifier).join(", ");
  const all: [string, string][] = [
    ["search_path", searchPath],
    // Before the role, so that a right that only the authenticator has is enough for them.
    ...(roles.get(auth.role)?.settings ?? []),
    ["role", auth.role],
    ["request.jwt.claims", JSON.stringify(auth.claims)],
    ["request.method", http.method],
    ["request.path", http.path],
    ["request.headers", JSON.stringify(headers)],
    ["request.cookies", JSON.stringify(cookiesOf(cookie))],
    ...(preferences.timezone === undefined ? [] : [["timezone", preferences.timezone] as [string, string]]),
    ...(routine?.settings ?? []),
    ...config.appSettings,
  ];
  return sql`SELECT ${join(all.map(([name, value]) => setting(name, value)), comma)}`;
}

export async function run(client: Client, statement: Sql): Promise<Record<string, string | null>[]> {
  const { text, values } = toQuery(statement);
  return (await client.query(text, values)).rows as Record<string, string | null>[];
}

const LEVELS: Record<string, string> = {
  "serializable": "SERIALIZABLE", "repeatable read": "REPEATABLE READ", "read committed": "READ COMMITTED",
  "read uncommitted": "READ COMMITTED",
};

export interface TransactionOptions {
  readOnly: boolean;
  isolationLevel: string | undefined;
  settings: Sql;
  preRequest: Config["dbPreRequest"];
}

/** @param work gives its result and whether the transaction is to be kept. What it throws rolls back. */
export async function inTransaction<T>(
  pool: Pool, options: TransactionOptions, work: (client: Client) => Promise<{ result: T; commit: boolean }>,
): Promise<T> {
  const client = await acquire(pool);
  let broken: Error | undefined;
  try {
    const level = LEVELS[(options.isolationLevel ?? "").replaceAll('"', "").trim().toLowerCase()] ?? "READ COMMITTED";
    await client.query(`BEGIN ISOLATION LEVEL ${level} ${options.readOnly ? "READ ONLY" : "READ WRITE"}`);
    await run(client, options.settings);
    if (options.preRequest !== undefined) {
      const { schema, name } = options.preRequest;
      await run(client, sql`SELECT ${schema === "" ? ident(name) : ident(schema, name)}()`);
    }
    const { result, commit } = await work(client);
    if (!commit) await client.query("SET CONSTRAINTS ALL IMMEDIATE");
    await client.query(commit ? "COMMIT" : "ROLLBACK");
    return result;
  } catch (error) {
    broken = await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** @returns the error when the connection is of no use any more; the pool then drops it */
async function rollback(client: Client): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
