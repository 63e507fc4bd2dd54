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

/** Whoever made what is found in a database: no name of its own stands for one of Postgres'. */
const OPTIONS = "-c search_path=pg_catalog -c row_security=off -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0";

export interface Connection {
  server: Postgres;
  login: Login;
  database: string;
}

export async function withClient<T>({ server: { host, port }, login, database }: Connection, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host, port, ...login, database, application_name: APPLICATION, options: OPTIONS });
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
export const libpqEnvironment = ({ server, login, database }: Connection): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  LANG: "C.UTF-8",
  PGHOST: server.host,
  PGPORT: String(server.port),
  PGUSER: login.user,
  ...(login.password === undefined ? {} : { PGPASSWORD: login.password }),
  PGDATABASE: database,
  PGAPPNAME: APPLICATION,
});

export const quoteIdentifier = pg.escapeIdentifier;
export const quoteLiteral = pg.escapeLiteral;

/** Runs SQL of ours as superuser, all of it as one transaction unless it says otherwise. */
export const asSuperuser = (server: Postgres, database: string, sql: string): Promise<unknown> =>
  withClient({ server, login: server.superuser, database }, (client) => client.query(sql));
