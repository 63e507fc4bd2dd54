// Connections: terraform-provider-postgresql ff936b9 postgresql/config.go. Lazy (nothing is connected before the first
// operation), none is kept (MaxIdleConns 0), at most `maxConnections` per database, and the first one to a database is
// made under a lock of the whole process, so one unreachable host stalls the others.
import type { Client, DatabaseError } from "pg";
import type { Configuration } from "./configuration.ts";

export type { Client };

/** Runs one task after another. */
function serially(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task, task);
    last = mine.catch(() => {});
    return mine;
  };
}

const connectLock = serially();

/** At most `limit` holders at once, in the order asked; 0 or less = no limit. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  constructor(limit: number) {
    this.#free = limit > 0 ? limit : Infinity;
  }
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }
}

/** An error of Postgres as lib/pq 1.12.3 prints it (error.go): its own words and its code. */
export function postgresWords(error: unknown): string {
  const { message, code } = error as Partial<DatabaseError>;
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) return `pq: ${message} (${code})`;
  return message ?? String(error);
}

/** Why there is no connection, in the words of Go's `net` where tests of the product look for them. */
export function connectWords(error: unknown, { host, port, password }: Configuration): string {
  const { code, address } = error as NodeJS.ErrnoException & { address?: string };
  const found =
    code === "ECONNREFUSED"
      ? `dial tcp ${address ?? host}:${port}: connect: connection refused`
      : postgresWords(error).replace("The server does not support SSL connections", "pq: SSL is not enabled on the server");
  const words = password === "" ? found : found.replaceAll(password, "XXXX");
  return `error connecting to PostgreSQL server ${host} (scheme: postgres): ${words}`;
}

function sslOf(sslmode: string): boolean | { rejectUnauthorized: boolean; checkServerIdentity?: () => undefined } {
  if (sslmode === "disable") return false;
  if (sslmode === "verify-full") return { rejectUnauthorized: true };
  if (sslmode === "verify-ca") return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
  return { rejectUnauthorized: false };
}

/** One Postgres server and the operations' ways to it. */
export class PostgresServer {
  readonly configuration: Configuration;
  #major: number | undefined;
  readonly #reached = new Set<string>();
  readonly #slots = new Map<string, Slots>();

  constructor(configuration: Configuration) {
    this.configuration = configuration;
    this.#major = configuration.expectedMajor;
  }

  async #connect(database: string): Promise<Client> {
    const { default: pg } = await import("pg");
    const { host, port, username, password, sslmode, connectTimeout } = this.configuration;
    const client = new pg.Client({
      ...{ host, port, user: username, password, database, ssl: sslOf(sslmode) },
      connectionTimeoutMillis: Math.max(0, connectTimeout) * 1000,
      application_name: "lab pulumi-resource-postgresql",
    });
    client.on("error", () => {}); // A session that the server ends shows in the query under way, or does not matter.
    await client.connect();
    return client;
  }

  /** The first connection to a database, under the lock; asks for the server's version where none was given. */
  async #reach(database: string): Promise<void> {
    if (this.#reached.has(database)) return;
    const client = await this.#connect(database);
    try {
      const { rows } = await client.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
      this.#major ??= Number(rows[0].major);
      this.#reached.add(database);
    } finally {
      await client.end();
    }
  }

  /**
   * Runs `work` on a connection of its own and closes it.
   *
   * @param database @default the provider's
   * @throws Error in upstream's words; a refused connection fails at once, there is no retry.
   */
  async connected<T>(work: (client: Client) => Promise<T>, database = this.configuration.database): Promise<T> {
    let slots = this.#slots.get(database);
    if (!slots) this.#slots.set(database, (slots = new Slots(this.configuration.maxConnections)));
    const release = await slots.take();
    try {
      const client = await this.#open(database);
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    } finally {
      release();
    }
  }

  async #open(database: string): Promise<Client> {
    try {
      await connectLock(() => this.#reach(database));
      return await this.#connect(database);
    } catch (error) {
      throw new Error(connectWords(error, this.configuration));
    }
  }

  /** Like `connected`, in a transaction that is rolled back when `work` fails. */
  transaction<T>(work: (client: Client) => Promise<T>, database?: string): Promise<T> {
    return this.connected(async (client) => {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result; // Where `work` throws, closing the connection rolls back.
    }, database);
  }

  /** Whether `DROP DATABASE … WITH (FORCE)` is known to the server; valid after the first connection. */
  get canForceDrop(): boolean {
    return (this.#major ?? 0) >= 13;
  }
}

/** Runs one statement. @throws Error `<what>: pq: <Postgres's words> (<code>)`. */
export async function run(client: Client, what: string, sql: string, values: unknown[] = []): Promise<any[]> {
  try {
    return (await client.query(sql, values.length > 0 ? values : undefined)).rows;
  } catch (error) {
    throw new Error(`${what}: ${postgresWords(error)}`);
  }
}
