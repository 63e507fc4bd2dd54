// Private channels: tenants/authorization.ex, realtime_channel.ex; broadcast from the database: replication_connection.ex, at v2.129.8.
import assert from "node:assert/strict";
import type { RealtimeChannel } from "@supabase/supabase-js";
import { listen, subscribed } from "./realtimeBroadcast.ts";
import { api, call, type ContractCase, contractCase, keyOf, makeTenants, type Target, type TenantFixture, until, withClients } from "./realtimeClient.ts";

export function privateCases(target: Target): ContractCase[] {
  return [
    contractCase("private: policies on realtime.messages say who joins, by topic and extension", () => joins(target)),
    contractCase("private: who may read but not write is not heard, by socket and by HTTP", () => writes(target)),
    contractCase("private: presence asks for a policy of its own", () => presence(target)),
    contractCase("private: a tenant with private_only has no public channels", () => privateOnly(target)),
    contractCase("private: a token that ends closes the channel with a word", () => expiry(target)),
    contractCase("private: a token that may no longer read closes the channel", () => revoked(target)),
    contractCase("database: realtime.send and broadcast_changes are heard, with their id", () => fromDatabase(target)),
    contractCase("database: of two tenants the first to come has the slot", () => oneSlot(target)),
    contractCase("database: a private channel replays what it missed", () => replay(target)),
  ];
}

const POLICIES = `
drop policy if exists readers on realtime.messages; drop policy if exists writers on realtime.messages; drop policy if exists present on realtime.messages;
create policy readers on realtime.messages for select to authenticated
  using (realtime.topic() like 'team:%' and realtime.messages.extension in ('broadcast', 'presence'));
create policy writers on realtime.messages for insert to authenticated
  with check (realtime.topic() = 'team:open' and realtime.messages.extension = 'broadcast');
create policy present on realtime.messages for insert to authenticated
  with check (realtime.topic() = 'team:hall' and realtime.messages.extension = 'presence')`;

async function prepared(target: Target): Promise<TenantFixture> {
  await makeTenants(target());
  const [fixture] = target().tenants;
  await fixture.sql(POLICIES);
  return fixture;
}

const isPrivate = { config: { private: true } };

/** The error's words. */
async function refused(channel: RealtimeChannel): Promise<string> {
  return new Promise((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") reject(new Error("joined"));
      else if (error !== undefined) resolve(error.message);
    });
  });
}

async function joins(target: Target): Promise<void> {
  const fixture = await prepared(target);
  await withClients(target(), fixture, async (client) => {
    await subscribed(client(keyOf(fixture, "authenticated")).channel("team:any", isPrivate));
    for (const [role, topic] of [["anon", "team:any"], ["authenticated", "other"]] as const)
      assert.match(await refused(client(keyOf(fixture, role)).channel(topic, isPrivate)),
        new RegExp(`Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`));
  });
}

async function writes(target: Target): Promise<void> {
  const fixture = await prepared(target);
  const token = keyOf(fixture, "authenticated");
  await withClients(target(), fixture, async (client) => {
    const open = (topic: string) => client(token).channel(topic, isPrivate);
    const [sender, receiver, mute, deaf] = [open("team:open"), open("team:open"), open("team:closed"), open("team:closed")] as const;
    const outsider = client(token).channel("team:open");
    const [heard, unheard, outside] = [listen(receiver), listen(deaf), listen(outsider)];
    await Promise.all([sender, receiver, mute, deaf, outsider].map(subscribed));
    await mute.send({ type: "broadcast", event: "lost", payload: {} });
    await sender.send({ type: "broadcast", event: "told", payload: {} });
    const messages = ["team:closed", "team:open"].map((topic) => ({ topic, event: "http", payload: {}, private: true }));
    assert.equal((await call(target(), "POST", "/api/broadcast", { host: fixture.externalId, token, json: { messages } })).status, 202);
    await until("the allowed ones", () => heard.length === 2);
    assert.deepEqual([heard.map(({ event }) => event), unheard, outside], [["told", "http"], [], []]);
    const single = (topic: string) => call(target(), "POST", `/api/broadcast/${topic}/events/one?private=true`, { host: fixture.externalId, token, json: {} });
    const forbidden = await single("team:closed");
    assert.deepEqual([forbidden.status, forbidden.body, (await single("team:open")).status], [403, { message: "Unauthorized" }, 202]);
  });
}

async function presence(target: Target): Promise<void> {
  const fixture = await prepared(target);
  const options = { config: { private: true, presence: { key: "me", enabled: true } } };
  await withClients(target(), fixture, async (client) => {
    const open = (topic: string) => subscribed(client(keyOf(fixture, "authenticated")).channel(topic, options));
    const [hall, room] = [await open("team:hall"), await open("team:room")];
    assert.deepEqual([await hall.track({}), await room.track({})], ["ok", "error"]);
    await until("me in the hall", () => Object.keys(hall.presenceState()).join() === "me");
    assert.deepEqual(room.presenceState(), {});
  });
}

async function privateOnly(target: Target): Promise<void> {
  const fixture = await prepared(target);
  await api(target(), "PUT", `/${fixture.externalId}`, { tenant: { private_only: true } });
  try {
    await withClients(target(), fixture, async (client) => {
      assert.match(await refused(client(keyOf(fixture, "authenticated")).channel("team:any")), /PrivateOnly: This project only allows private channels/);
      await subscribed(client(keyOf(fixture, "authenticated")).channel("team:any", isPrivate));
    });
  } finally {
    await api(target(), "PUT", `/${fixture.externalId}`, { tenant: { private_only: false } });
  }
}

/** What the system says before it closes. */
function lastWords(channel: RealtimeChannel): { words: string[]; closed: () => boolean } {
  const words: string[] = [];
  channel.on("system", {}, ({ status, message }) => words.push(`${status}: ${message}`));
  return { words, closed: () => channel.state === "closed" };
}

async function expiry(target: Target): Promise<void> {
  const fixture = await prepared(target);
  await withClients(target(), fixture, async (make) => {
    const client = make(keyOf(fixture, "anon"));
    await client.realtime.setAuth(keyOf(fixture, "authenticated", { exp: Math.floor(Date.now() / 1000) + 2 }));
    const channel = client.channel("public");
    const { words, closed } = lastWords(channel);
    await subscribed(channel);
    await until("the channel is closed", closed);
    assert.match(words.at(-1)!, /^error: Token has expired \d+ seconds ago$/);
  });
}

async function revoked(target: Target): Promise<void> {
  const fixture = await prepared(target);
  await withClients(target(), fixture, async (make) => {
    const client = make(keyOf(fixture, "authenticated"));
    const channel = client.channel("team:any", isPrivate);
    const { words, closed } = lastWords(channel);
    await subscribed(channel);
    await client.realtime.setAuth(keyOf(fixture, "anon"));
    await until("the channel is closed", closed);
    assert.equal(words.at(-1), "error: You do not have permissions to read from this Channel topic: team:any");
  });
}

const replicating = (target: Target, { externalId }: TenantFixture) =>
  api(target(), "GET", `/${externalId}/health`).then(({ body }) => body.data.replication_connected as boolean);

async function fromDatabase(target: Target): Promise<void> {
  const fixture = await prepared(target);
  await fixture.sql(`
    drop table if exists public.orders; create table public.orders (id int primary key, total int);
    create or replace function public.tell() returns trigger language plpgsql security definer as $$
    begin
      perform realtime.broadcast_changes('team:orders', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
      return null;
    end $$;
    create trigger tell after insert or update on public.orders for each row execute function public.tell()`);
  for (const { externalId } of target().tenants) await api(target(), "POST", `/${externalId}/shutdown`);
  await withClients(target(), fixture, async (client) => {
    const open = async (topic: string, options = { config: {} }) => {
      const channel = client(keyOf(fixture, "authenticated")).channel(topic, options);
      const heard = listen(channel);
      await subscribed(channel);
      return heard;
    };
    const [orders, open_] = [await open("team:orders", isPrivate), await open("news")];
    await until("the replication", () => replicating(target, fixture));
    await fixture.sql("insert into orders values (1, 5)");
    await fixture.sql("select realtime.send('{\"n\": 1}', 'public', 'news', false)");
    await until("both", () => orders.length > 0 && open_.length > 0);
    const [{ event, payload, meta }] = orders as [{ event: string; payload: any; meta: any }];
    assert.deepEqual([event, payload.record, payload.old_record, payload.operation, payload.table, payload.schema], ["INSERT", { id: 1, total: 5 }, null, "INSERT", "orders", "public"]);
    assert.equal(meta.id, payload.id);
    assert.deepEqual([open_[0]!.event, open_[0]!.payload.n], ["public", 1]);
  });
}

async function oneSlot(target: Target): Promise<void> {
  const [first, second] = target().tenants;
  await makeTenants(target());
  for (const { externalId } of [first, second]) await api(target(), "POST", `/${externalId}/shutdown`);
  const slots = () => first.sql("select database from pg_replication_slots where slot_name = 'supabase_realtime_messages_replication_slot_lab'");
  await until("the slot is free", async () => (await slots()).length === 0);
  await withClients(target(), second, async (clientOfSecond) => {
    await subscribed(clientOfSecond(keyOf(second, "anon")).channel("a"));
    await until("the second's replication", () => replicating(target, second));
    await withClients(target(), first, async (clientOfFirst) => {
      await subscribed(clientOfFirst(keyOf(first, "anon")).channel("a"));
      assert.deepEqual((await slots()).map(({ database }) => database), [second.login.database]);
      assert.equal(await replicating(target, first), false);
    });
  });
  for (const { externalId } of [first, second]) await api(target(), "POST", `/${externalId}/shutdown`);
  await until("the slot is gone with the connection", async () => (await slots()).length === 0);
}

async function replay(target: Target): Promise<void> {
  const fixture = await prepared(target);
  const since = Date.now() - 1000;
  await fixture.sql("select realtime.send('{\"n\": 7}', 'missed', 'team:replay', true)");
  await withClients(target(), fixture, async (client) => {
    const channel = client(keyOf(fixture, "authenticated")).channel("team:replay", { config: { private: true, broadcast: { replay: { since, limit: 5 } } } });
    const heard = listen(channel);
    await subscribed(channel);
    const { event, payload, meta } = await until("the broadcast of before", () => heard[0]);
    assert.deepEqual([event, payload.n, meta.replayed], ["missed", 7, true]);
  });
}
