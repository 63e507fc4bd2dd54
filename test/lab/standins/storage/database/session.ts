import type { Pool, PoolClient, QueryResult } from "pg";
import { fromDatabase } from "./errors.ts";

/** Who the SQL of a request runs as, and what its policies can read. */
export type Scope = {
  readonly role: string;
  readonly jwt: string;
  readonly claims: Record<string, unknown>;
};

/** What policies can read of the request itself. */
export type RequestInfo = { readonly headers: unknown; readonly method: string; readonly path: string; readonly operation: string };

/** src/internal/database/postgres/scope.ts */
const SET_SCOPE = `select set_config('role', $1, true), set_config('request.jwt.claim.role', $1, true), set_config('request.jwt', $2, true),
  set_config('request.jwt.claim.sub', $3, true), set_config('request.jwt.claims', $4, true), set_config('request.headers', $5, true),
  set_config('request.method', $6, true), set_config('request.path', $7, true), set_config('storage.operation', $8, true),
  set_config('storage.allow_delete_query', 'true', true), set_config('statement_timeout', $9, true)`;

/** A transaction of one request. */
export class Transaction {
  readonly #client: PoolClient;
  readonly #database: Database;
  #scope: Scope;

  constructor(client: PoolClient, database: Database, scope: Scope) {
    this.#client = client;
    this.#database = database;
    this.#scope = scope;
  }

  async query(text: string, values: unknown[] = []): Promise<QueryResult> {
    try {
      return await this.#client.query(text, values);
    } catch (error) {
      throw fromDatabase(error);
    }
  }

  /** Runs as the service role, then goes on as before. An error ends the whole transaction, so nothing goes back then. */
  async asSuperUser<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const before = this.#scope;
    await this.become(this.#database.superUser);
    const result = await work(this);
    await this.become(before);
    return result;
  }

  async become(scope: Scope): Promise<void> {
    this.#scope = scope;
    const { headers, method, path, operation } = this.#database.info;
    await this.query(SET_SCOPE, [
      scope.role, scope.jwt, String(scope.claims.sub ?? ""), JSON.stringify(scope.claims), JSON.stringify(headers), method, path, operation,
      `${this.#database.statementMs}ms`,
    ]);
  }
}

class PermissionTested extends Error {}

/** A tenant's database, for one request: every query is in a transaction that has the request's role. */
export class Database {
  readonly #pool: Pool;
  readonly #user: Scope;
  readonly superUser: Scope;
  readonly info: RequestInfo;
  readonly statementMs: number;

  constructor(options: { pool: Pool; user: Scope; superUser: Scope; info: RequestInfo; statementMs: number }) {
    this.#pool = options.pool;
    this.#user = options.user;
    this.superUser = options.superUser;
    this.info = options.info;
    this.statementMs = options.statementMs;
  }

  /** The same database as the service role. */
  asSuperUser(): Database {
    return new Database({ pool: this.#pool, user: this.superUser, superUser: this.superUser, info: this.info, statementMs: this.statementMs });
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw fromDatabase(error);
    });
    let broken: Error | undefined;
    try {
      await client.query("begin");
      const tx = new Transaction(client, this, this.#user);
      await tx.become(this.#user);
      const result = await work(tx);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((failure: Error) => (broken = failure));
      throw fromDatabase(error);
    } finally {
      client.release(broken);
    }
  }

  query(text: string, values: unknown[] = []): Promise<QueryResult> {
    return this.transaction((tx) => tx.query(text, values));
  }

  /** Runs the work and takes it back: whether the policies let the caller do it. */
  async testPermission(work: (tx: Transaction) => Promise<unknown>): Promise<void> {
    const tested = new PermissionTested();
    await this.transaction(async (tx) => {
      await work(tx);
      throw tested;
    }).catch((error: unknown) => {
      if (error !== tested) throw error;
    });
  }
}
