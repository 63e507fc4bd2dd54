// `postgresql:index/role:Role`: terraform-provider-postgresql ff936b9 postgresql/resource_postgresql_role.go.
import { createHash } from "node:crypto";
import { identifier, upstreamLiteral } from "./quote.ts";
import { lockRole, withRoleGranted } from "./membership.ts";
import { run } from "./server.ts";
import type { Schema } from "../lib/bridged.ts";
import type { Properties, Value } from "../lib/value.ts";
import type { Client, PostgresServer } from "./server.ts";

export const roleSchema: Schema = {
  name: { type: "string", required: true },
  password: { type: "string", secret: true },
  passwordWo: { type: "string", secret: true, writeOnly: true },
  passwordWoVersion: { type: "string" },
  roles: { type: "set" },
  searchPaths: { type: "list" },
  encryptedPassword: { type: "boolean", default: true },
  validUntil: { type: "string", default: "infinity" },
  connectionLimit: { type: "number", default: -1, minimum: -1 },
  superuser: { type: "boolean", default: false },
  createDatabase: { type: "boolean", default: false },
  createRole: { type: "boolean", default: false },
  idleInTransactionSessionTimeout: { type: "number", minimum: 0 },
  inherit: { type: "boolean", default: true },
  login: { type: "boolean", default: false },
  replication: { type: "boolean", default: false },
  bypassRowLevelSecurity: { type: "boolean", default: false },
  skipDropRole: { type: "boolean", default: false },
  skipReassignOwned: { type: "boolean", default: false },
  statementTimeout: { type: "number", minimum: 0 },
  assumeRole: { type: "string" },
};

/** The attributes that are words of CREATE and ALTER ROLE, in upstream's order. */
const attributes = {
  superuser: ["SUPERUSER", "NOSUPERUSER"],
  createDatabase: ["CREATEDB", "NOCREATEDB"],
  createRole: ["CREATEROLE", "NOCREATEROLE"],
  inherit: ["INHERIT", "NOINHERIT"],
  login: ["LOGIN", "NOLOGIN"],
  bypassRowLevelSecurity: ["BYPASSRLS", "NOBYPASSRLS"],
  replication: ["REPLICATION", "NOREPLICATION"],
} as const;

const word = (value: Value | undefined, [on, off]: readonly [string, string]) => (value === true ? on : off);
const texts = (value: Value | undefined) => (Array.isArray(value) ? value.map(String) : []);
const nonEmpty = (value: Value | undefined) => (typeof value === "string" && value !== "" ? value : undefined);

function validUntilSql(value: Value | undefined): string {
  const until = nonEmpty(value);
  return `VALID UNTIL ${until === undefined || until.toLowerCase() === "infinity" ? "'infinity'" : upstreamLiteral(until, "validUntil")}`;
}

/** The password given in either way; `password` wins, as upstream. */
function passwordOf(plan: Properties, inputs: Properties): string | undefined {
  return nonEmpty(plan["password"]) ?? nonEmpty(inputs["passwordWo"]);
}

/** @returns the statement; it holds the password, so it must reach no message. */
export function createSql(plan: Properties, inputs: Properties): string {
  const password = passwordOf(plan, inputs);
  const encrypted = plan["encryptedPassword"] === false ? "UNENCRYPTED" : "ENCRYPTED";
  const options = [
    ...(password === undefined ? [] : [password.toUpperCase() === "NULL" ? "PASSWORD NULL" : `${encrypted} PASSWORD ${upstreamLiteral(password, "password")}`]),
    validUntilSql(plan["validUntil"]),
    `CONNECTION LIMIT ${Number(plan["connectionLimit"])}`,
    ...Object.entries(attributes).map(([name, words]) => word(plan[name], words)),
  ];
  return `CREATE ROLE ${identifier(String(plan["name"]))} WITH ${options.join(" ")}`;
}

async function grantRoles(client: Client, role: string, plan: Properties): Promise<void> {
  for (const granted of texts(plan["roles"])) {
    await run(client, `could not grant role ${granted} to ${role}`, `GRANT ${identifier(granted)} TO ${identifier(role)}`);
  }
}

/** Upstream takes all memberships away and grants anew on every update, changed or not. */
async function revokeRoles(client: Client, role: string): Promise<void> {
  const rows = await run(
    client,
    `could not get roles list for role ${role}`,
    "SELECT pg_get_userbyid(roleid) AS granted FROM pg_auth_members m JOIN pg_roles ON m.member = pg_roles.oid WHERE rolname = $1",
    [role],
  );
  for (const { granted } of rows) {
    await run(client, `could not revoke role ${granted} from ${role}`, `REVOKE ${identifier(granted)} FROM ${identifier(role)}`);
  }
}

export function searchPathSql(role: string, paths: string[]): string {
  const comma = paths.find((path) => path.includes(", "));
  if (comma !== undefined) throw new Error(`search_path cannot contain \`, \`: ${comma}`);
  return `ALTER ROLE ${identifier(role)} SET search_path TO ${paths.length > 0 ? paths.map(identifier).join(", ") : "DEFAULT"}`;
}

async function setSearchPath(client: Client, role: string, plan: Properties): Promise<void> {
  await run(client, `could not set search_path for ${role}`, searchPathSql(role, texts(plan["searchPaths"])));
}

/** The role's own settings, those that changed. */
export function settingsSql(role: string, plan: Properties, changed: ReadonlySet<string>): string[] {
  const target = `ALTER ROLE ${identifier(role)}`;
  const timeout = (name: string, setting: string) =>
    changed.has(name) ? [plan[name] ? `${target} SET ${setting} TO ${Number(plan[name])}` : `${target} RESET ${setting}`] : [];
  const assumed = nonEmpty(plan["assumeRole"]);
  return [
    ...timeout("statementTimeout", "statement_timeout"),
    ...timeout("idleInTransactionSessionTimeout", "idle_in_transaction_session_timeout"),
    ...(changed.has("assumeRole") ? [assumed === undefined ? `${target} RESET ROLE` : `${target} SET ROLE TO ${identifier(assumed)}`] : []),
  ];
}

async function setSettings(client: Client, role: string, plan: Properties, changed: ReadonlySet<string>): Promise<void> {
  for (const sql of settingsSql(role, plan, changed)) await run(client, `could not change a setting of ${role}`, sql);
}

export async function createRole(server: PostgresServer, plan: Properties, inputs: Properties): Promise<string> {
  const name = String(plan["name"]);
  await server.transaction(async (client) => {
    await run(client, `error creating role ${name}`, createSql(plan, inputs));
    await grantRoles(client, name, plan);
    await setSearchPath(client, name, plan);
    const given = Object.keys(plan).filter((property) => plan[property] !== null && plan[property] !== 0 && plan[property] !== "");
    await setSettings(client, name, plan, new Set(given));
  });
  return name;
}

/** The statements for a new name and for changed attributes, each with what it is about. */
export function alterSql(oldName: string, plan: Properties, inputs: Properties, changed: ReadonlySet<string>): [string, string][] {
  const name = String(plan["name"]);
  const target = `ALTER ROLE ${identifier(name)}`;
  const setsPassword =
    nonEmpty(inputs["passwordWo"]) === undefined ? changed.has("password") || changed.has("name") : changed.has("passwordWoVersion");
  const password = nonEmpty(inputs["passwordWo"]) ?? nonEmpty(plan["password"]);
  const words = Object.entries(attributes).filter(([attribute]) => changed.has(attribute));
  return [
    ...(changed.has("name") ? [["NAME", `ALTER ROLE ${identifier(oldName)} RENAME TO ${identifier(name)}`] as [string, string]] : []),
    ...(setsPassword && password !== undefined ? [["password", `${target} PASSWORD ${upstreamLiteral(password, "password")}`] as [string, string]] : []),
    ...(changed.has("connectionLimit") ? [["CONNECTION LIMIT", `${target} CONNECTION LIMIT ${Number(plan["connectionLimit"])}`] as [string, string]] : []),
    ...words.map(([attribute, pair]): [string, string] => [pair[0], `${target} WITH ${word(plan[attribute], pair)}`]),
    ...(changed.has("validUntil") && nonEmpty(plan["validUntil"]) ? [["VALID UNTIL", `${target} ${validUntilSql(plan["validUntil"])}`] as [string, string]] : []),
  ];
}

export async function updateRole(
  server: PostgresServer,
  state: Properties,
  plan: Properties,
  inputs: Properties,
  changed: ReadonlySet<string>,
): Promise<string> {
  const name = String(plan["name"]);
  await server.transaction(async (client) => {
    await lockRole(client, String(state["name"]));
    for (const [what, sql] of alterSql(String(state["name"]), plan, inputs, changed)) {
      await run(client, `error updating role ${what}`, sql);
    }
    await revokeRoles(client, name);
    await grantRoles(client, name, plan);
    await setSearchPath(client, name, plan);
    await setSettings(client, name, plan, changed);
  });
  return name;
}

export async function deleteRole(server: PostgresServer, state: Properties): Promise<void> {
  const name = String(state["name"]);
  const owner = server.configuration.databaseUsername;
  await server.transaction(async (client) => {
    await lockRole(client, name);
    if (state["skipReassignOwned"] !== true) {
      await withRoleGranted(client, name, async () => {
        await run(client, `could not reassign owned by role ${name} to ${owner}`, `REASSIGN OWNED BY ${identifier(name)} TO ${identifier(owner)}`);
        await run(client, `could not drop owned by role ${name}`, `DROP OWNED BY ${identifier(name)}`);
      });
    }
    if (state["skipDropRole"] !== true) await run(client, `could not delete role ${name}`, `DROP ROLE ${identifier(name)}`);
  });
}

/** A setting in `rolconfig`, whose entries read `name=value`. */
export function settingOf(config: string[] | null, name: string): string | undefined {
  return config?.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/**
 * The password as the server lets it be seen. SCRAM can not be compared, so state stays (upstream's own TODO); md5 is
 * compared; a password that is gone or another md5 shows as drift.
 */
export function readPassword(role: string, statePassword: string, serverPassword: string): string {
  if (!/^(md5|SCRAM-SHA-256)/.test(statePassword)) {
    if (serverPassword.startsWith("SCRAM-SHA-256")) return statePassword;
    const md5 = `md5${createHash("md5").update(statePassword + role).digest("hex")}`;
    if (serverPassword === md5) return statePassword;
  }
  return serverPassword;
}

async function passwordNow(server: PostgresServer, client: Client, id: string, statePassword: string, canLogin: boolean): Promise<string> {
  if (!canLogin || !server.configuration.superuser) return statePassword;
  const [{ rolsuper }] = await run(client, "could not check if current user is superuser", "SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER");
  if (!rolsuper) {
    throw new Error(
      `could not read role password from Postgres as connected user ${server.configuration.databaseUsername} is not a SUPERUSER. ` +
        "You can set `superuser = false` in the provider configuration so it will not try to read the password from Postgres",
    );
  }
  const [row] = await run(client, "error reading role", "SELECT COALESCE(passwd, '') AS passwd FROM pg_shadow WHERE usename = $1", [id]);
  return row === undefined ? "" : readPassword(id, statePassword, row.passwd);
}

const roleQuery = `SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolreplication,
  rolbypassrls, rolconfig, COALESCE(rolvaliduntil::text, 'infinity') AS until,
  ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = pg_roles.oid) AS roles
  FROM pg_roles WHERE rolname = $1`;

/** @param state what was known before: it gives what the server does not tell. @returns undefined = no such role. */
export async function readRole(server: PostgresServer, id: string, state: Properties): Promise<Properties | undefined> {
  return server.connected(async (client) => {
    const [row] = await run(client, "error reading ROLE", roleQuery, [id]);
    if (row === undefined) return undefined;
    const password = nonEmpty(state["password"]);
    const path = settingOf(row.rolconfig, "search_path");
    return {
      name: row.rolname,
      connectionLimit: row.rolconnlimit,
      createDatabase: row.rolcreatedb,
      createRole: row.rolcreaterole,
      encryptedPassword: true,
      inherit: row.rolinherit,
      login: row.rolcanlogin,
      skipDropRole: state["skipDropRole"] ?? false,
      skipReassignOwned: state["skipReassignOwned"] ?? false,
      superuser: row.rolsuper,
      validUntil: row.until,
      replication: row.rolreplication,
      bypassRowLevelSecurity: row.rolbypassrls,
      roles: row.roles,
      searchPaths: path === undefined ? null : path.split(", ").map((part) => part.replace(/^"+|"+$/g, "")),
      assumeRole: settingOf(row.rolconfig, "role") ?? "",
      statementTimeout: Number(settingOf(row.rolconfig, "statement_timeout") ?? 0),
      idleInTransactionSessionTimeout: Number(settingOf(row.rolconfig, "idle_in_transaction_session_timeout") ?? 0),
      passwordWoVersion: state["passwordWoVersion"] ?? null,
      password: password === undefined ? null : await passwordNow(server, client, id, password, row.rolcanlogin),
    };
  });
}
