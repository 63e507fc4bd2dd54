// May this caller read from and write to this private channel? Rows of realtime.messages are tried under the caller's role and rolled
// back (upstream: lib/realtime/tenants/authorization.ex, v2.129.8).
import { randomUUID } from "node:crypto";
import type { DatabaseError, Pool, PoolClient, Queryable } from "pg";
import type { Claims } from "../jwt.ts";
import { log, messageOf } from "../log.ts";

export type Extension = "broadcast" | "presence";
export type Caller = { externalId: string; topic: string; claims: Claims; headers: Record<string, string> };
/** undefined: not asked yet. */
export type Policies = Record<Extension, { read: boolean | undefined; write: boolean | undefined }>;

export const noPolicies = (): Policies => ({
  broadcast: { read: undefined, write: undefined },
  presence: { read: undefined, write: undefined },
});

/** Why the database did not answer; `code` is upstream's. */
export class AuthorizationError extends Error {
  readonly code: "RlsPolicyError" | "QueryCanceled" | "MissingPartition" | "UnableToConnectToProject";
  constructor(code: AuthorizationError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** @returns which of the extensions may be read; the others stay unknown */
export function readPolicies(pool: Pool, caller: Caller, extensions: Extension[]): Promise<Partial<Record<Extension, boolean>>> {
  return rolledBack(pool, caller, async (client) => {
    const ids = extensions.map(() => randomUUID());
    const now = "timezone('utc', clock_timestamp())";
    await client.query(
      `insert into realtime.messages (id, topic, extension, inserted_at, updated_at)
       select id, $1, extension, ${now}, ${now} from unnest($2::uuid[], $3::text[]) as probe (id, extension)`,
      [caller.topic, ids, extensions],
    );
    await become(client, caller);
    const { rows } = await client.query("select id from realtime.messages where id = any ($1)", [ids]);
    const seen = new Set(rows.map(({ id }) => id as string));
    return Object.fromEntries(extensions.map((extension, index) => [extension, seen.has(ids[index]!)]));
  });
}

/** As `readPolicies`, for writing. */
export function writePolicies(pool: Pool, caller: Caller, extensions: Extension[]): Promise<Partial<Record<Extension, boolean>>> {
  return rolledBack(pool, caller, async (client) => {
    await become(client, caller);
    const allowed: Partial<Record<Extension, boolean>> = {};
    for (const extension of extensions) allowed[extension] = await mayInsert(client, caller.topic, extension);
    return allowed;
  });
}

async function mayInsert(client: Queryable, topic: string, extension: Extension): Promise<boolean> {
  await client.query("savepoint probe");
  const now = "timezone('utc', clock_timestamp())";
  try {
    await client.query(`insert into realtime.messages (id, topic, extension, inserted_at, updated_at) values ($1, $2, $3, ${now}, ${now})`, [
      randomUUID(), topic, extension,
    ]);
    return true;
  } catch (error) {
    if ((error as DatabaseError).code !== "42501") throw error;
    await client.query("rollback to savepoint probe");
    return false;
  }
}

async function become(client: Queryable, { topic, claims, headers }: Caller): Promise<void> {
  await client.query(
    `select set_config('role', $1, true), set_config('realtime.topic', $2, true), set_config('request.jwt.claims', $3, true),
       set_config('request.jwt.claim.sub', $4, true), set_config('request.jwt.claim.role', $1, true), set_config('request.headers', $5, true)`,
    [String(claims.role), topic, JSON.stringify(claims), claims.sub ?? null, JSON.stringify(headers)],
  );
}

async function rolledBack<T>(pool: Pool, caller: Caller, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    log("error", messageOf(error), { external_id: caller.externalId, error_code: "UnableToConnectToProject" });
    throw new AuthorizationError("UnableToConnectToProject", "Realtime was unable to connect to the project database");
  });
  let broken: Error | undefined;
  try {
    await client.query("begin");
    return await work(client);
  } catch (error) {
    const known = authorizationError(error as DatabaseError);
    log("error", messageOf(error), { external_id: caller.externalId, error_code: known.code });
    throw known;
  } finally {
    await client.query("rollback").catch((failure: Error) => (broken = failure));
    client.release(broken);
  }
}

function authorizationError(error: DatabaseError): AuthorizationError {
  if (error.code === "57014") return new AuthorizationError("QueryCanceled", error.message);
  if (error.code === "23514" && error.table === "messages")
    return new AuthorizationError("MissingPartition", "Realtime was unable to find the expected messages partition");
  if (error.code === undefined) return new AuthorizationError("UnableToConnectToProject", "Realtime was unable to connect to the project database");
  return new AuthorizationError("RlsPolicyError", error.message);
}
