// `postgresql:index/database:Database`: terraform-provider-postgresql ff936b9 postgresql/resource_postgresql_database.go.
import { identifier, literal } from "./quote.ts";
import { grantMembership, lockRole, revokeMembership } from "./membership.ts";
import { run } from "./server.ts";
import type { Schema } from "../lib/bridged.ts";
import type { Properties, Value } from "../lib/value.ts";
import type { Client, PostgresServer } from "./server.ts";

export const databaseSchema: Schema = {
  name: { type: "string", required: true },
  owner: { type: "string", computed: true },
  template: { type: "string", computed: true, replaces: true },
  encoding: { type: "string", computed: true, replaces: true },
  lcCollate: { type: "string", computed: true, replaces: true },
  lcCtype: { type: "string", computed: true, replaces: true },
  tablespaceName: { type: "string", computed: true },
  connectionLimit: { type: "number", default: -1, minimum: -1 },
  allowConnections: { type: "boolean", default: true },
  isTemplate: { type: "boolean", computed: true },
  alterObjectOwnership: { type: "boolean", default: false },
};

const given = (value: Value | undefined) => (typeof value === "string" && value !== "" ? value : undefined);

/** `DEFAULT` in any case is SQL's own word, anything else is a value. */
function option(words: string, value: string | undefined, quote: (text: string) => string, fallback: string): string {
  if (value === undefined) return fallback === "" ? "" : ` ${words} ${fallback}`;
  return ` ${words} ${value.toUpperCase() === "DEFAULT" ? "DEFAULT" : quote(value)}`;
}

/** @param currentUser owns the database where the plan names no owner. */
export function createSql(plan: Properties, currentUser: string): string {
  return (
    `CREATE DATABASE ${identifier(String(plan["name"]))} OWNER ${identifier(given(plan["owner"]) ?? currentUser)}` +
    option("TEMPLATE", given(plan["template"]), identifier, "template0") +
    option("ENCODING", given(plan["encoding"]), literal, "'UTF8'") +
    option("LC_COLLATE", given(plan["lcCollate"]), literal, "") +
    option("LC_CTYPE", given(plan["lcCtype"]), literal, "") +
    option("TABLESPACE", given(plan["tablespaceName"]), identifier, "") +
    ` ALLOW_CONNECTIONS ${plan["allowConnections"] === true} CONNECTION LIMIT ${Number(plan["connectionLimit"])}` +
    ` IS_TEMPLATE ${plan["isTemplate"] === true}`
  );
}

/**
 * Runs `work` while the connected role is a member of `owner` (only a superuser may give a database away otherwise).
 * The lock on the connected role, held in a transaction of its own, makes this one at a time on the whole server.
 */
async function asOwner(server: PostgresServer, owner: string | undefined, work: () => Promise<void>): Promise<void> {
  if (owner === undefined) return work();
  const me = server.configuration.databaseUsername;
  await server.connected(async (lock) => {
    await lock.query("BEGIN");
    await lockRole(lock, me);
    const lent = await server.connected((client) => grantMembership(client, owner, me));
    try {
      await work();
    } finally {
      // Upstream drops a failure of this revoke too: the owner may be gone with what `work` did.
      if (lent) await server.connected((client) => revokeMembership(client, owner, me)).catch(() => {});
    }
  });
}

export async function createDatabase(server: PostgresServer, plan: Properties): Promise<string> {
  const name = String(plan["name"]);
  const sql = createSql(plan, server.configuration.databaseUsername);
  await asOwner(server, given(plan["owner"]), () =>
    server.connected(async (client) => {
      await run(client, `error creating database ${JSON.stringify(name)}`, sql);
    }),
  );
  return name;
}

async function reassignOwned(server: PostgresServer, name: string, owner: string): Promise<void> {
  const me = server.configuration.databaseUsername;
  await server.transaction(async (client) => {
    await lockRole(client, me);
    const [row] = await run(client, "error getting current database OWNER", "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1", [name]);
    if (row === undefined || row.owner === owner) return;
    const lent = await server.connected((other) => grantMembership(other, row.owner, me));
    try {
      await run(client, `error reassigning objects owned by '${row.owner}'`, `REASSIGN OWNED BY ${identifier(row.owner)} TO ${identifier(owner)}`);
    } finally {
      if (lent) await server.connected((other) => revokeMembership(other, row.owner, me)).catch(() => {});
    }
  }, name);
}

/** The statements for changed properties but the owner, each with what it is about. */
export function alterSql(plan: Properties, changed: ReadonlySet<string>): [string, string][] {
  const target = `ALTER DATABASE ${identifier(String(plan["name"]))}`;
  const tablespace = given(plan["tablespaceName"]);
  const reset = tablespace === undefined || tablespace.toUpperCase() === "DEFAULT";
  const statements: Record<string, [string, string]> = {
    tablespaceName: ["TABLESPACE", reset ? `${target} RESET TABLESPACE` : `${target} SET TABLESPACE ${identifier(tablespace)}`],
    connectionLimit: ["CONNECTION LIMIT", `${target} CONNECTION LIMIT = ${Number(plan["connectionLimit"])}`],
    allowConnections: ["ALLOW_CONNECTIONS", `${target} ALLOW_CONNECTIONS ${plan["allowConnections"] === true}`],
    isTemplate: ["IS_TEMPLATE", `${target} IS_TEMPLATE ${plan["isTemplate"] === true}`],
  };
  return Object.entries(statements).flatMap(([property, statement]) => (changed.has(property) ? [statement] : []));
}

export async function updateDatabase(
  server: PostgresServer,
  state: Properties,
  plan: Properties,
  changed: ReadonlySet<string>,
): Promise<string> {
  const name = String(plan["name"]);
  const owner = given(plan["owner"]);
  const alter = (what: string, sql: string) => server.connected(async (client) => void (await run(client, what, sql)));
  if (changed.has("name")) {
    await alter("error updating database name", `ALTER DATABASE ${identifier(String(state["name"]))} RENAME TO ${identifier(name)}`);
  }
  const reowns = changed.has("owner") || changed.has("alterObjectOwnership");
  if (reowns && owner !== undefined && plan["alterObjectOwnership"] === true) await reassignOwned(server, name, owner);
  if (changed.has("owner") && owner !== undefined) {
    await asOwner(server, owner, () =>
      alter("error updating database OWNER", `ALTER DATABASE ${identifier(name)} OWNER TO ${identifier(owner)}`),
    );
  }
  for (const [what, sql] of alterSql(plan, changed)) await alter(`error updating database ${what}`, sql);
  return name;
}

async function dropDatabase(server: PostgresServer, client: Client, state: Properties): Promise<void> {
  const name = identifier(String(state["name"]));
  if (state["isTemplate"] === true) {
    await run(client, "error updating database IS_TEMPLATE during DROP DATABASE", `ALTER DATABASE ${name} IS_TEMPLATE false`);
  }
  await run(client, "error blocking connections to database", `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await run(
    client,
    "error terminating database connections",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
    [String(state["name"])],
  );
  await run(client, "error dropping database", `DROP DATABASE ${name}${server.canForceDrop ? " WITH (FORCE)" : ""}`);
}

export async function deleteDatabase(server: PostgresServer, state: Properties): Promise<void> {
  await asOwner(server, given(state["owner"]), () => server.connected((client) => dropDatabase(server, client, state)));
}

const databaseQuery = `SELECT d.datname, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
  d.datcollate, d.datctype, ts.spcname, d.datconnlimit, d.datallowconn, d.datistemplate
  FROM pg_database d JOIN pg_tablespace ts ON d.dattablespace = ts.oid WHERE d.datname = $1`;

/** @param state what was known before: it gives what the server does not tell. @returns undefined = no such database. */
export async function readDatabase(server: PostgresServer, id: string, state: Properties): Promise<Properties | undefined> {
  const [row] = await server.connected((client) => run(client, "error reading database", databaseQuery, [id]));
  if (row === undefined) return undefined;
  return {
    name: row.datname,
    owner: row.owner,
    encoding: row.encoding,
    lcCollate: row.datcollate,
    lcCtype: row.datctype,
    tablespaceName: row.spcname,
    connectionLimit: row.datconnlimit,
    // The server does not keep from what a database was copied: an import reads template0, whatever it was.
    template: given(state["template"]) ?? "template0",
    allowConnections: row.datallowconn,
    isTemplate: row.datistemplate,
    alterObjectOwnership: state["alterObjectOwnership"] ?? null,
  };
}
