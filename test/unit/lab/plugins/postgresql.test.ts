import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import pg from "pg";
import { Secret, reveal, unknown } from "../../../lab/engine/plugins/lib/value.ts";
import { lifecycle, messageOf } from "./lifecycle.ts";
import { endPlugins, startPlugin } from "./pluginProcess.ts";
import { startPostgres } from "./postgresServer.ts";
import type { Properties, Value } from "../../../lab/engine/plugins/lib/value.ts";
import type { PluginProcess } from "./pluginProcess.ts";
import type { TestPostgres } from "./postgresServer.ts";

jest.setTimeout(180_000); // initdb and a hundred small statements on a machine that does other things too.

const role = "postgresql:index/role:Role";
const database = "postgresql:index/database:Database";
let postgres: TestPostgres;
let plugin: PluginProcess;
const { up, change, isClean } = lifecycle(() => plugin);

const configuration = (more: Properties = {}): Properties => ({
  ...{ host: "127.0.0.1", port: String(postgres.port), username: "postgres", password: new Secret(postgres.password), sslmode: "disable" },
  ...more,
});

async function configured(more: Properties = {}): Promise<PluginProcess> {
  const started = await startPlugin("postgresql", { PGPASSWORD: "not this one" });
  await started.configure(configuration(more));
  return started;
}

beforeAll(async () => {
  postgres = await startPostgres();
  plugin = await configured();
});
afterAll(async () => {
  await endPlugins();
  await postgres?.stop();
});

describe("configuration", () => {
  test("says that it takes no secrets and previews, refuses a type and a property by its own name", async () => {
    const fresh = await startPlugin("postgresql");
    expect(await fresh.configure(configuration())).toEqual({ acceptSecrets: false, supportsPreview: true });
    await expect(fresh.create("postgresql:index/schema:Schema", {})).rejects.toThrow("lab postgresql: type postgresql:index/schema:Schema is not in this stand-in");
    await expect(fresh.configure(configuration({ awsRdsIamAuth: "true" }))).rejects.toThrow("lab postgresql: provider property awsRdsIamAuth");
    await expect(fresh.configure(configuration({ port: "x" }))).rejects.toThrow("provider property port: expected a whole number");
    await fresh.end();
  });

  test("nothing connects in a preview of a create; the first operation fails at once where nobody listens", async () => {
    const nowhere = await startPlugin("postgresql");
    await nowhere.configure({ host: "127.0.0.1", port: "1", password: new Secret("s3cret"), sslmode: "disable" });
    const preview = await nowhere.create(database, { name: "x", connectionLimit: -1 }, true);
    expect(preview).toMatchObject({ id: "", state: { id: unknown, name: "x", connectionLimit: -1, owner: unknown, encoding: unknown } });
    const message = await messageOf(nowhere.create(role, { name: "x", connectionLimit: -1 }));
    expect(message).toContain("1 error occurred:\n\t* error connecting to PostgreSQL server 127.0.0.1 (scheme: postgres): dial tcp 127.0.0.1:1: connect: connection refused");
    await nowhere.end();
  });

  test("sslmode left out asks for TLS, as upstream", async () => {
    const tls = await configured({ sslmode: null });
    expect(await messageOf(tls.read(role, "postgres"))).toContain("pq: SSL is not enabled on the server");
    await tls.end();
  });

  test("a wrong password is Postgres's own refusal, without the password", async () => {
    const wrong = await configured({ password: new Secret("wr0ng") });
    const message = await messageOf(wrong.read(role, "postgres"));
    expect(message).toContain("password authentication failed");
    expect(message).not.toContain("wr0ng");
    await wrong.end();
  });
});

const catalog = async (name: string) => {
  const [row] = await postgres.query(
    `SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolconfig,
      rolvaliduntil::text AS until, ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = r.oid ORDER BY 1) AS roles
      FROM pg_roles r WHERE rolname = $1`,
    [name],
  );
  return row;
};

describe("roles", () => {
  beforeAll(async () => {
    await postgres.query("CREATE ROLE team");
  });

  const changes: [string, Properties, object][] = [
    ["login", { login: true }, { rolcanlogin: true }],
    ["superuser", { superuser: true }, { rolsuper: true }],
    ["inherit", { inherit: false }, { rolinherit: false }],
    ["createRole", { createRole: true }, { rolcreaterole: true }],
    ["createDatabase", { createDatabase: true }, { rolcreatedb: true }],
    ["replication", { replication: true }, { rolreplication: true }],
    ["bypassRowLevelSecurity", { bypassRowLevelSecurity: true }, { rolbypassrls: true }],
    ["connectionLimit", { connectionLimit: 7 }, { rolconnlimit: 7 }],
    ["validUntil", { validUntil: "2031-02-03 00:00:00+00" }, { until: expect.stringMatching(/^2031-02-03/) }],
    ["roles", { roles: ["team"] }, { roles: ["team"] }],
    ["searchPaths", { searchPaths: ["a", "B c"] }, { rolconfig: ['search_path=a, "B c"'] }],
    ["statementTimeout", { statementTimeout: 1000 }, { rolconfig: ["statement_timeout=1000"] }],
    ["idleInTransactionSessionTimeout", { idleInTransactionSessionTimeout: 9 }, { rolconfig: ["idle_in_transaction_session_timeout=9"] }],
    ["assumeRole", { assumeRole: "team" }, { rolconfig: ["role=team"] }],
  ];

  test.each(changes)("%s: created with it, updated to it and back again", async (property, given, expected) => {
    const name = `r"${property}`;
    const plain = await up(role, { name });
    const before = await catalog(name);
    const with_ = await change(role, plain, { name, ...given });
    expect(await catalog(name)).toMatchObject(expected);
    await isClean(role, with_);
    const back = await change(role, with_, { name });
    expect(await catalog(name)).toEqual(before);
    await isClean(role, back);
    await plugin.delete(role, name, back.state);

    const created = await up(role, { name, ...given });
    expect(await catalog(name)).toMatchObject(expected);
    await isClean(role, created);
    await plugin.delete(role, name, created.state);
    expect(await catalog(name)).toBeUndefined();
  });

  const logIn = async (user: string, password: string) => {
    const client = new pg.Client({ host: "127.0.0.1", port: postgres.port, database: "postgres", user, password });
    client.on("error", () => {});
    await client.connect();
    return client;
  };

  test("a password works, changes, and its loss shows as drift", async () => {
    const first = await up(role, { name: "pw", login: true, password: "one'\"$$" });
    await (await logIn("pw", "one'\"$$")).end();
    const second = await change(role, first, { name: "pw", login: true, password: "two" });
    await (await logIn("pw", "two")).end();
    await isClean(role, second);
    await postgres.query("ALTER ROLE pw PASSWORD NULL");
    const read = await plugin.read(role, "pw", second);
    expect(reveal(read.state["password"] as Value)).toBe("");
    await plugin.delete(role, "pw", second.state);
  });

  test("a write-only password is in no state and changes with its version only", async () => {
    const given = (passwordWo: string, passwordWoVersion: string) => ({ name: "wo", login: true, passwordWo, passwordWoVersion });
    const first = await up(role, given("one", "1"));
    expect(JSON.stringify(first.state)).not.toContain("one");
    const same = await change(role, first, given("two", "1"));
    await (await logIn("wo", "one")).end();
    const second = await change(role, same, given("two", "2"));
    await (await logIn("wo", "two")).end();
    await plugin.delete(role, "wo", second.state);
  });

  test("one that exists is refused in Postgres's own words and stays", async () => {
    expect(await messageOf(up(role, { name: "team", password: "s3cret" }))).toContain('1 error occurred:\n\t* error creating role team: pq: role "team" already exists (42710)');
    expect(await catalog("team")).toBeDefined();
  });

  test("a create that fails halfway leaves nothing", async () => {
    expect(await messageOf(up(role, { name: "half", roles: ["nobody"] }))).toContain('could not grant role nobody to half: pq: role "nobody" does not exist (42704)');
    expect(await catalog("half")).toBeUndefined();
  });

  test("delete gives what it owned to the provider's role; skipReassignOwned and skipDropRole are obeyed", async () => {
    const owner = await up(role, { name: "owner" });
    await postgres.query("CREATE TABLE owned (); ALTER TABLE owned OWNER TO owner");
    expect(await messageOf(plugin.delete(role, "owner", { ...owner.state, skipReassignOwned: true }))).toContain("could not delete role owner");
    await plugin.delete(role, "owner", { ...owner.state, skipDropRole: true });
    expect(await postgres.query("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'owned'")).toEqual([{ owner: "postgres" }]);
    expect(await catalog("owner")).toBeDefined();
    await plugin.delete(role, "owner", owner.state);
    expect(await catalog("owner")).toBeUndefined();
    await postgres.query("DROP TABLE owned");
  });

  test("a renamed role is found again by a refresh, under its new id", async () => {
    const old = await up(role, { name: "before", login: true, password: "p" });
    const renamed = await change(role, old, { name: "after", login: true, password: "p" });
    await (await logIn("after", "p")).end();
    const read = await plugin.read(role, "before", renamed);
    expect(read).toMatchObject({ id: "after", state: { id: "after", name: "after" } });
    await plugin.delete(role, "after", renamed.state);
    expect(await catalog("after")).toBeUndefined();
  });

  test("an update that fails changes nothing on the server; state has the plan and the reason, as upstream", async () => {
    const old = await up(role, { name: "stuck" });
    expect(await messageOf(change(role, old, { name: "stuck", connectionLimit: 5, roles: ["nobody"] }))).toMatch(/^2 UNKNOWN: updating urn.*: 1 error occurred:\n/);
    expect(await catalog("stuck")).toMatchObject({ rolconnlimit: -1, roles: [] });
    await plugin.delete(role, "stuck", old.state);
  });

  test("drift is seen by a refresh, a role that is gone has no id", async () => {
    const { id, inputs, state } = await up(role, { name: "drift", connectionLimit: 3 });
    await postgres.query("ALTER ROLE drift CONNECTION LIMIT 4 LOGIN");
    const read = await plugin.read(role, id, { inputs, state });
    expect(read.inputs["connectionLimit"]).toBe(4);
    const now = { inputs: reveal(read.inputs) as Properties, state: reveal(read.state) as Properties };
    expect(await plugin.diff(role, now, inputs)).toEqual({ replaces: [], diffs: ["connectionLimit", "login"] });
    await plugin.delete(role, id, state);
    expect(await plugin.read(role, id, { inputs, state })).toEqual({ id: "", inputs: {}, state: {} });
  });
});

const databaseRow = async (name: string) => {
  const [row] = await postgres.query(
    `SELECT pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, datcollate, datistemplate, datallowconn, datconnlimit
      FROM pg_database WHERE datname = $1`,
    [name],
  );
  return row;
};

describe("databases", () => {
  beforeAll(async () => {
    await postgres.query("CREATE ROLE keeper");
    await postgres.query("CREATE ROLE heir");
  });

  test.each<[string, Properties, object]>([
    ["owner", { owner: "keeper" }, { owner: "keeper" }],
    ["connectionLimit", { connectionLimit: 3 }, { datconnlimit: 3 }],
    ["allowConnections", { allowConnections: false }, { datallowconn: false }],
    ["isTemplate", { isTemplate: true }, { datistemplate: true }],
  ])("%s: updated in place, created with, clean after refresh, deleted even so", async (property, given, expected) => {
    const name = `d"${property}`;
    const plain = await up(database, { name });
    expect(plain.state).toMatchObject({ template: "template0", encoding: "UTF8", owner: "postgres", tablespaceName: "pg_default", isTemplate: false });
    await isClean(database, plain);
    const changed = await change(database, plain, { name, ...given });
    expect(await databaseRow(name)).toMatchObject(expected);
    await isClean(database, changed);
    await plugin.delete(database, name, changed.state);
    const created = await up(database, { name, ...given });
    expect(await databaseRow(name)).toMatchObject(expected);
    await isClean(database, created);
    await plugin.delete(database, name, created.state);
    expect(await databaseRow(name)).toBeUndefined();
    expect(await postgres.query("SELECT 1 FROM pg_auth_members WHERE pg_get_userbyid(member) = 'postgres'")).toEqual([]);
  });

  test("encoding and collation as given; a template's content comes along, and six at once do not fail", async () => {
    await up(database, { name: "source", encoding: "SQL_ASCII", lcCollate: "C", lcCtype: "C" });
    expect(await databaseRow("source")).toMatchObject({ encoding: "SQL_ASCII", datcollate: "C" });
    await postgres.query("CREATE TABLE brought ()", [], "source");
    const copies = Array.from({ length: 6 }, (_, i) => ({ name: `copy${i}`, owner: "keeper", template: "source", encoding: "SQL_ASCII" }));
    const made = await Promise.all(copies.map((copy) => up(database, copy)));
    for (const { id } of made) expect(await postgres.query("SELECT to_regclass('brought')::text AS found", [], id)).toEqual([{ found: "brought" }]);
    expect(made[0]?.state["template"]).toBe("source");
    await Promise.all(made.map(({ id, state }) => plugin.delete(database, id, state)));
  });

  test("one that exists is refused in Postgres's own words", async () => {
    expect(await messageOf(up(database, { name: "postgres" }))).toContain('1 error occurred:\n\t* error creating database "postgres": pq: database "postgres" already exists (42P04)');
  });

  test("delete ends open sessions", async () => {
    const { state } = await up(database, { name: "busy" });
    const session = new pg.Client({ host: "127.0.0.1", port: postgres.port, user: "postgres", password: postgres.password, database: "busy" });
    const ended = new Promise((resolve) => session.on("error", resolve));
    await session.connect();
    await plugin.delete(database, "busy", state);
    expect(String(await ended)).toMatch(/terminat/);
    expect(await databaseRow("busy")).toBeUndefined();
  });

  test("alterObjectOwnership takes the content along, without it the content stays", async () => {
    const { state, ...old } = await up(database, { name: "content", owner: "keeper" });
    await postgres.query("CREATE TABLE t (); ALTER TABLE t OWNER TO keeper", [], "content");
    const ownerOfT = () => postgres.query("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 't'", [], "content");
    const moved = await change(database, { ...old, state }, { name: "content", owner: "heir" });
    expect(await ownerOfT()).toEqual([{ owner: "keeper" }]);
    const back = await change(database, moved, { name: "content", owner: "keeper" });
    const taken = await change(database, back, { name: "content", owner: "heir", alterObjectOwnership: true });
    expect(await ownerOfT()).toEqual([{ owner: "heir" }]);
    expect(await databaseRow("content")).toMatchObject({ owner: "heir" });
    await plugin.delete(database, "content", taken.state);
  });

  test("an import reads template0 whatever the template was, so a program that names it would replace", async () => {
    await postgres.query('CREATE DATABASE imported TEMPLATE template1 OWNER keeper');
    const { id, inputs, state } = await plugin.read(database, "imported");
    expect({ id, state }).toMatchObject({ id: "imported", state: { template: "template0", owner: "keeper" } });
    expect(await plugin.diff(database, { inputs, state }, { name: "imported", owner: "keeper", template: "template1" })).toEqual({ replaces: ["template"], diffs: ["template"] });
    expect(await plugin.diff(database, { inputs, state }, { name: "imported", owner: "keeper" })).toEqual({ replaces: [], diffs: [] });
    await plugin.delete(database, id, state);
  });

  test("a database that is gone has no id, and deleting it is Postgres's error", async () => {
    const { id, inputs, state } = await up(database, { name: "gone" });
    await postgres.query("DROP DATABASE gone");
    expect(await plugin.read(database, id, { inputs, state })).toMatchObject({ id: "" });
    expect(await messageOf(plugin.delete(database, id, state))).toContain('database "gone" does not exist');
  });
});
