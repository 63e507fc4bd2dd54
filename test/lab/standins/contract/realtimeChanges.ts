// postgres_changes: extensions/postgres_cdc_rls/*.ex and the functions of schema realtime at v2.129.8.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { RealtimeChannel } from "@supabase/supabase-js";
import { api, type ContractCase, contractCase, keyOf, makeTenants, type Target, type TenantFixture, until, withClients } from "./realtimeClient.ts";

export function changeCases(target: Target): ContractCase[] {
  return [
    contractCase("changes: INSERT, UPDATE, DELETE with upstream's payload", () => payloads(target)),
    contractCase("changes: filters", () => filters(target)),
    contractCase("changes: row level security by role and claims of each subscriber; a deleted row is its key alone", () => security(target)),
    contractCase("changes: a new access token is what the next rows are tried with", () => newToken(target)),
    contractCase("changes: a table that is not published, a column that is not there", () => mistakes(target)),
    contractCase("changes: two tenants read slots of their own, which end with the tenant", () => slots(target)),
  ];
}

const TABLES = `
drop table if exists public.notes, public.secrets;
create table public.notes (id int primary key, title text, owner uuid, done boolean default false);
create table public.secrets (id int primary key, owner uuid, body text);
alter table public.secrets enable row level security;
alter table public.secrets replica identity full;
create policy own on public.secrets for select to authenticated using (owner = (current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid);
grant all on public.notes, public.secrets to anon, authenticated, service_role;
alter publication supabase_realtime set table public.notes, public.secrets`;

type Change = { eventType: string; schema: string; table: string; new: any; old: any; errors: unknown; commit_timestamp: string };

/** Joins and waits until Realtime says that it listens. */
async function listening(channel: RealtimeChannel, filter: object): Promise<{ channel: RealtimeChannel; heard: Change[]; system: any[] }> {
  const [heard, system]: [Change[], any[]] = [[], []];
  channel.on("postgres_changes", { event: "*", ...filter } as never, (change) => heard.push(change as never));
  channel.on("system", {}, (message) => system.push(message));
  channel.subscribe();
  await until("a word on postgres_changes", () => system.some(({ extension }) => extension === "postgres_changes"));
  return { channel, heard, system };
}

/** The word comes before there is a slot to read, as upstream's does: what is written in between nobody hears. */
const readable = (fixture: TenantFixture) =>
  until("a slot that can be read", async () => {
    const slots = await fixture.sql(
      "select from pg_replication_slots where plugin = 'wal2json' and database = current_database() and confirmed_flush_lsn is not null",
    );
    return slots.length > 0;
  });

async function payloads(target: Target): Promise<void> {
  await makeTenants(target());
  const [fixture] = target().tenants;
  await fixture.sql(TABLES);
  await withClients(target(), fixture, async (client) => {
    const { heard, system } = await listening(client(keyOf(fixture, "anon")).channel("any"), { schema: "public", table: "notes" });
    assert.deepEqual(system.map(({ status, message, channel }) => [status, message, channel]), [["ok", "Subscribed to PostgreSQL", "any"]]);
    await readable(fixture);
    await fixture.sql("insert into notes values (1, 'one', null, true)");
    await fixture.sql("update notes set title = 'eins' where id = 1");
    await fixture.sql("delete from notes where id = 1");
    await until("three changes", () => heard.length === 3);
    const row = { id: 1, title: "one", owner: null, done: true };
    assert.deepEqual(heard.map((change) => [change.eventType, change.schema, change.table, change.new, change.old, change.errors]), [
      ["INSERT", "public", "notes", row, {}, null],
      ["UPDATE", "public", "notes", { ...row, title: "eins" }, { id: 1 }, null],
      ["DELETE", "public", "notes", {}, { id: 1 }, null],
    ]);
    assert.match(heard[0]!.commit_timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
}

async function filters(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  await withClients(target(), fixture, async (client) => {
    const ask = (name: string, filter: object) => listening(client(keyOf(fixture, "anon")).channel(name), { schema: "public", ...filter });
    const wanted: [string, object, number[]][] = [
      ["eq", { table: "notes", filter: "title=eq.b" }, [12]],
      ["in", { table: "notes", filter: "id=in.(11,13)" }, [11, 13]],
      ["and", { table: "notes", filter: "id=gt.11,title=not.like.b%" }, [13]],
      ["event", { table: "notes", event: "UPDATE" }, [11]],
      ["schema", {}, [11, 12, 13, 11]],
    ];
    const all = await Promise.all(wanted.map(async ([name, filter]) => (await ask(name, filter)).heard));
    await fixture.sql("insert into notes (id, title) values (11, 'a'), (12, 'b'), (13, 'c')");
    await fixture.sql("update notes set done = true where id = 11");
    const ids = (name: string, index: number) =>
      all[index]!.filter(({ eventType }) => name === "event" || name === "schema" || eventType === "INSERT").map((change) => change.new.id);
    // Each: they have sockets of their own, and what one has heard another may not have yet.
    await until("each hears its own", () => wanted.every(([name, , expected], index) => ids(name, index).length >= expected.length));
    assert.deepEqual(wanted.map(([name], index) => [name, ids(name, index)]), wanted.map(([name, , expected]) => [name, expected]));
  });
  await fixture.sql("truncate notes");
}

async function security(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const [ann, bob] = [randomUUID(), randomUUID()];
  await withClients(target(), fixture, async (client) => {
    const ask = async (name: string, role: string, sub?: string) =>
      (await listening(client(keyOf(fixture, role, sub === undefined ? {} : { sub })).channel(name), { schema: "public", table: "secrets" })).heard;
    const [byAnn, byBob, byAnon, byService] = [
      await ask("ann", "authenticated", ann), await ask("bob", "authenticated", bob), await ask("anon", "anon"), await ask("service", "service_role"),
    ];
    await fixture.sql("insert into secrets values (1, $1, 'of ann'), (2, $2, 'of bob')", [ann, bob]);
    // A row that is gone when it is tried is nobody's.
    await until("who may see hears of the rows", () => byService.length === 2 && byAnn.length === 1 && byBob.length === 1);
    await fixture.sql("delete from secrets where id = 1");
    await until("all hear of the deletion", () => [byAnn, byBob, byAnon, byService].every((heard) => heard.some(({ eventType }) => eventType === "DELETE")));
    const inserts = (heard: Change[]) => heard.filter(({ eventType }) => eventType === "INSERT").map((change) => change.new.body);
    assert.deepEqual([byAnn, byBob, byAnon, byService].map(inserts), [["of ann"], ["of bob"], [], ["of ann", "of bob"]]);
    for (const heard of [byAnn, byAnon]) assert.deepEqual(heard.at(-1)!.old, { id: 1 });
  });
  await fixture.sql("truncate secrets");
}

async function newToken(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const [ann, bob] = [randomUUID(), randomUUID()];
  const claims = async () => (await fixture.sql("select claims ->> 'sub' as sub from realtime.subscription")).map(({ sub }) => sub);
  await withClients(target(), fixture, async (make) => {
    const client = make(keyOf(fixture, "authenticated", { sub: ann }));
    const { heard } = await listening(client.channel("mine"), { schema: "public", table: "secrets" });
    await client.realtime.setAuth(keyOf(fixture, "authenticated", { sub: bob }));
    await until("the subscription has the new claims", async () => (await claims()).includes(bob));
    await fixture.sql("insert into secrets values (3, $1, 'of ann'), (4, $2, 'of bob')", [ann, bob]);
    await until("bob's row", () => heard.length > 0);
    assert.deepEqual(heard.map((change) => change.new.body), ["of bob"]);
  });
  await until("no subscription is left", async () => !(await claims()).includes(bob));
}

async function mistakes(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  await withClients(target(), fixture, async (client) => {
    const say = async (name: string, filter: object) => {
      const { system } = await listening(client(keyOf(fixture, "anon")).channel(name), filter);
      const { status, message } = system.find(({ extension }) => extension === "postgres_changes");
      return [status, message];
    };
    assert.deepEqual(await say("table", { schema: "public", table: "nothing" }), ["error",
      "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: " +
        "[event: *, schema: public, table: nothing, filters: [], select: nil]"]);
    const [status, message] = await say("column", { schema: "public", table: "notes", filter: "nothing=eq.1" });
    assert.equal(status, "error");
    assert.match(String(message), /An exception happened so please check your connect parameters: .*invalid column for filter nothing$/);
    assert.deepEqual(await say("operator", { schema: "public", table: "notes", filter: "id=foo.1" }),
      ["error", 'Error parsing `filter` params: ["foo", "1"]']);
  });
}

const slotsOf = async ({ sql }: TenantFixture): Promise<string[]> =>
  (await sql("select slot_name, temporary, database from pg_replication_slots where plugin = 'wal2json' order by 1")).map(
    ({ slot_name: name, temporary, database }) => `${name}${temporary ? "" : " stays"} in ${database}`,
  );

async function slots(target: Target): Promise<void> {
  const [first, second] = target().tenants;
  await second.sql(TABLES);
  await withClients(target(), first, async (clientOfFirst) => {
    await withClients(target(), second, async (clientOfSecond) => {
      const near = await listening(clientOfFirst(keyOf(first, "anon")).channel("x"), { schema: "public", table: "notes" });
      const far = await listening(clientOfSecond(keyOf(second, "anon")).channel("x"), { schema: "public", table: "notes" });
      const expected = [first, second].map(({ externalId, login }) => `sb_rt_${externalId}_lab in ${login.database}`).sort();
      await Promise.all([readable(first), readable(second)]);
      assert.deepEqual(await slotsOf(first), expected);
      await first.sql("insert into notes (id, title) values (21, 'near')");
      await second.sql("insert into notes (id, title) values (22, 'far')");
      await until("each hears its own", () => near.heard.length > 0 && far.heard.length > 0);
      assert.deepEqual([near.heard, far.heard].map((heard) => heard.map((change) => change.new.title)), [["near"], ["far"]]);
      await clientOfSecond(keyOf(second, "anon")).realtime.disconnect();
    });
  });
  await api(target(), "DELETE", `/${second.externalId}`);
  await until("the second's slot is gone", async () => (await slotsOf(first)).every((slot) => !slot.includes(second.externalId)));
  await makeTenants(target());
}
