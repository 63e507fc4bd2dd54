// Ways into a Postgres: the server's, and the scratch one.
import pg from "pg";

export interface Login {
  user: string;
  /** Secret. @default none: the socket of the scratch server asks for none */
  password?: string;
}

export interface Postgres {
  /** A host's name, or the folder of a socket. */
  host: string;
  port: number;
  /** Used with texts of ours alone, never with a project's. */
  superuser: Login;
  /** Dumps and measures. */
  reader: Login;
}

/** How Postgres lists our sessions, and those of the programs that we run. */
export const APPLICATION = "indie-ventures-backup";

/** Milliseconds that we wait for who has something locked. Without an end one project's would stop the backups of all. */
export const LOCK_TIMEOUT = 300_000;

/**
 * Before the settings that a project's owner has set for its database: no name of its own stands for one of Postgres', names are written as
 * everywhere, and nothing ends our sessions.
 */
const OPTIONS = Object.entries({
  search_path: "pg_catalog",
  quote_all_identifiers: "off",
  local_preload_libraries: "",
  row_security: "off",
  statement_timeout: 0,
  transaction_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  lock_timeout: LOCK_TIMEOUT,
});
/** The reader reads tables alone: what a view or a foreign table calls would run as the one who reads the whole server. */
const READING: typeof OPTIONS = [["restrict_nonsystem_relation_kind", "view,foreign-table"]];

const optionsOf = ({ server, login }: Connection): string =>
  [...OPTIONS, ...(login.user === server.reader.user ? READING : [])].map(([name, value]) => `-c ${name}=${value}`).join(" ");

export interface Connection {
  server: Postgres;
  login: Login;
  database: string;
}

export async function withClient<T>(connection: Connection, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const { server: { host, port }, login, database } = connection;
  const client = new pg.Client({ host, port, ...login, database, application_name: APPLICATION, options: optionsOf(connection) });
  // A server that goes away fails the query that waits; without a listener it would end the program too.
  client.on("error", () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The same for Postgres' own programs. All that they get: nothing else of our environment is theirs. Holds a secret. */
export const libpqEnvironment = (connection: Connection): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  LANG: "C.UTF-8",
  PGHOST: connection.server.host,
  PGPORT: String(connection.server.port),
  PGUSER: connection.login.user,
  ...(connection.login.password === undefined ? {} : { PGPASSWORD: connection.login.password }),
  PGDATABASE: connection.database,
  PGAPPNAME: APPLICATION,
  PGOPTIONS: optionsOf(connection),
});

export const quoteIdentifier = pg.escapeIdentifier;
/** A role, or `public`, which is no role's name: all. */
export const quoteGrantee = (role: string): string => (role === "public" ? role : quoteIdentifier(role));
export const quoteLiteral = pg.escapeLiteral;

/** Runs SQL of ours as superuser, all of it as one transaction unless it says otherwise. */
export const asSuperuser = (server: Postgres, database: string, sql: string): Promise<unknown> =>
  withClient({ server, login: server.superuser, database }, (client) => client.query(sql));
