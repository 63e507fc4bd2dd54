// On a real Postgres: what a snapshot shows of tables that are emptied, made or dropped around it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { holdTables, requireNotRewritten } from "../../../images/backup/tables.ts";
import { Disturbed, Hindered, isHindrance } from "../../../images/backup/stop.ts";
import { startPostgres, type TestPostgres } from "../lab/plugins/postgresServer.ts";

let server: TestPostgres;
const clients: pg.Client[] = [];
/** As the backups' reader: it may read all and owns nothing. */
let reader: pg.Client;
let owner: pg.Client;

async function connect(user: string): Promise<pg.Client> {
  const client = new pg.Client({ host: "127.0.0.1", port: server.port, user, password: server.password, database: "postgres" });
  await client.connect();
  clients.push(client);
  return client;
}

beforeAll(async () => {
  server = await startPostgres();
  const password = pg.escapeLiteral(server.password);
  await server.query(`create role reader login bypassrls in role pg_read_all_data password ${password}; create role owner login password ${password}; grant create on database postgres to owner; grant all on schema public to owner`);
});
afterAll(() => server.stop());

beforeEach(async () => {
  [reader, owner] = [await connect("reader"), await connect("owner")];
  await owner.query(`
    create table refilled as select i from generate_series(1, 3) i;
    create schema "we""ird
name"; create table "we""ird
name"."ta'ble %I" (i int);
    create table parts (i int) partition by range (i); create table part partition of parts for values from (0) to (10);
    create view seen as select * from refilled; create materialized view old as select * from refilled; create temporary table gone_soon (i int)`);
  await server.query("create table of_extension as select 1 as i; alter extension plpgsql add table of_extension");
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
  await server.query("alter extension plpgsql drop table of_extension; drop table of_extension; drop owned by owner; grant create on database postgres to owner; grant all on schema public to owner");
});

const rowsOf = async (table: string): Promise<number> => Number((await reader.query(`select count(*) from ${table}`)).rows[0]!.count);
const locked = async (): Promise<string[]> => {
  const query = "select relation::regclass::text as name from pg_locks where pid = pg_backend_pid() and locktype = 'relation' and relation >= 16384 order by 1";
  return (await reader.query(query)).rows.map(({ name }) => name as string);
};
/** The reader's session, in which something is done before a statement of that beginning. */
const before = (beginning: string, act: () => Promise<unknown>): Pick<pg.ClientBase, "query"> => ({
  query: (async (text: string) => {
    if (text.startsWith(beginning)) await act();
    return reader.query(text);
  }) as unknown as pg.ClientBase["query"],
});

describe("tables are held before the snapshot is taken", () => {
  test("one that is emptied and filled again meanwhile has its rows of afterwards, and not none", async () => {
    await owner.query("begin; truncate refilled; insert into refilled values (1), (2), (3), (4)");
    const held = holdTables(reader);
    const isWaiting = "select exists (select from pg_stat_activity where usename = 'reader' and wait_event_type = 'Lock') as it";
    while (!(await server.query(isWaiting))[0]!.it) await new Promise((done) => setTimeout(done, 20));
    await owner.query("commit");
    await held;
    expect(await rowsOf("refilled")).toBe(4);
  });

  test("all that pg_dump locks, whatever its name; and nothing else", async () => {
    const { snapshot, version } = await holdTables(reader);
    expect(snapshot).toMatch(/^[0-9A-F-]+$/);
    expect(version).toMatch(/^\d+\.\d+/);
    expect(await locked()).toEqual(['"we""ird\nname"."ta\'ble %I"', "part", "parts", "refilled"]);
  });

  test("until the transaction ends nobody empties one", async () => {
    await holdTables(reader);
    await owner.query("set lock_timeout = 200");
    await expect(owner.query("truncate refilled")).rejects.toThrow("lock timeout");
    await owner.query("insert into refilled values (4)");
    expect(await rowsOf("refilled")).toBe(3);
    await reader.query("rollback");
    await owner.query("truncate refilled");
  });

  test("what others have locked for too long is named, and is no fault of the backup", async () => {
    await owner.query("begin; lock table refilled");
    await reader.query("set lock_timeout = 200");
    const error: unknown = await holdTables(reader).catch((caught: unknown) => caught);
    expect([error instanceof Hindered, error instanceof Disturbed, isHindrance(error)]).toEqual([true, false, true]);
    expect((error as Error).message).toBe("table public.refilled is locked by a transaction of the project's, which did not end within 300 s");
  });
});

test.each([
  ["made", "begin", "create table late (i int)", "public.late"],
  ["filled anew under its name", "begin", "alter table refilled rename to former; create table refilled (i int)", "public.former"],
  ["dropped", "lock table public.refilled", "drop table refilled cascade", "public.refilled"],
  ["dropped with its schema", 'lock table "we', 'drop schema "we""ird\nname" cascade', '"we""ird\\u{a}name"."ta\'ble %I"'],
])("one that is %s meanwhile: once more", async (_, beginning, sql, name) => {
  await expect(holdTables(before(beginning, () => owner.query(sql)))).rejects.toThrow(new Disturbed(`table ${name} was changed just now`));
  await reader.query("rollback");
  await holdTables(reader);
});

describe("what is not locked, as pg_dump does not lock it either", () => {
  test.each(["truncate of_extension", "alter table of_extension alter i type bigint", "alter extension plpgsql drop table of_extension; drop table of_extension"])("is asked for in the end: %s", async (sql) => {
    await holdTables(reader);
    expect(await rowsOf("of_extension")).toBe(1);
    await requireNotRewritten(reader);
    // What reads it has locked it from then on.
    await reader.query("rollback");
    await holdTables(reader);
    await server.query(sql);
    await expect(requireNotRewritten(reader)).rejects.toThrow(new Disturbed("table public.of_extension was changed just now"));
    await reader.query("rollback");
    if (sql.includes("drop table")) await server.query("create table of_extension (i int); alter extension plpgsql add table of_extension");
  });

  test("rows that come and go, and tables that are new, are nothing to that", async () => {
    await holdTables(reader);
    await server.query("insert into of_extension values (2); delete from of_extension where i = 1; create table owner_less (i int); create temporary table t (i int)");
    await requireNotRewritten(reader);
    expect(await rowsOf("of_extension")).toBe(1);
    await server.query("drop table owner_less");
  });
});
