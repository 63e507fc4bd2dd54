// realtime_channel.ex, broadcast_handler.ex, presence_handler.ex, batch_broadcast.ex, single_broadcast.ex at v2.129.8, by the real client.
import assert from "node:assert/strict";
import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { api, call, type ContractCase, contractCase, keyOf, makeTenants, type Target, tenantOf, until, withClients } from "./realtimeClient.ts";

export function broadcastCases(target: Target): ContractCase[] {
  return [
    contractCase("broadcast: others hear it, the sender only with self, and ack answers", () => broadcast(target)),
    contractCase("broadcast: bytes stay bytes", () => bytes(target)),
    contractCase("broadcast: another tenant's channel of the same name hears nothing, and its key is refused", () => apart(target)),
    contractCase("broadcast: by HTTP, many and one, with the tenant's key", () => byHttp(target)),
    contractCase("broadcast: by HTTP what is wrong is 422, 401, 415", () => httpMistakes(target)),
    contractCase("presence: who comes, changes and goes is seen by all", () => presence(target)),
    contractCase("tenants: a new jwt_secret ends the sockets, and keys of the old one", () => newSecret(target)),
  ];
}

export async function subscribed(channel: RealtimeChannel): Promise<RealtimeChannel> {
  await new Promise<void>((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") resolve();
      else if (status !== "CLOSED") reject(error ?? new Error(status));
    });
  });
  return channel;
}

type Heard = { event: string; payload: any; meta?: any };
export function listen(channel: RealtimeChannel): Heard[] {
  const heard: Heard[] = [];
  channel.on("broadcast", { event: "*" }, (message) => heard.push(message as unknown as Heard));
  return heard;
}

async function broadcast(target: Target): Promise<void> {
  await makeTenants(target());
  const [fixture] = target().tenants;
  const anon = keyOf(fixture, "anon");
  await withClients(target(), fixture, async (client) => {
    const sender = client(anon).channel("room", { config: { broadcast: { ack: true } } });
    const itself = client(anon).channel("room", { config: { broadcast: { self: true } } });
    const other = client(anon).channel("room");
    const [bySender, byItself, byOther] = [sender, itself, other].map(listen) as [Heard[], Heard[], Heard[]];
    await Promise.all([sender, itself, other].map(subscribed));
    assert.equal(await sender.send({ type: "broadcast", event: "greeting", payload: { text: "hé" } }), "ok");
    await itself.send({ type: "broadcast", event: "second", payload: { n: 2 } });
    await until("all hear both", () => byOther.length === 2 && byItself.length === 2 && bySender.length === 1);
    assert.deepEqual(byOther.map(({ event, payload }) => [event, payload]), [["greeting", { text: "hé" }], ["second", { n: 2 }]]);
    assert.deepEqual(bySender.map(({ event }) => event), ["second"]);
  });
}

async function bytes(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const anon = keyOf(fixture, "anon");
  await withClients(target(), fixture, async (client) => {
    const other = client(anon).channel("bytes");
    const heard = listen(other);
    const sender = client(anon).channel("bytes", { config: { broadcast: { ack: true } } });
    await Promise.all([other, sender].map(subscribed));
    await sender.send({ type: "broadcast", event: "raw", payload: new Uint8Array([0, 1, 255]).buffer });
    const { payload } = await until("the bytes", () => heard[0]);
    assert.deepEqual([...new Uint8Array(payload as ArrayBuffer)], [0, 1, 255]);
  });
}

async function apart(target: Target): Promise<void> {
  const [first, second] = target().tenants;
  await withClients(target(), first, async (clientOfFirst) => {
    await withClients(target(), second, async (clientOfSecond) => {
      const near = clientOfFirst(keyOf(first, "anon")).channel("same");
      const far = clientOfSecond(keyOf(second, "anon")).channel("same");
      const [heardNear, heardFar] = [listen(near), listen(far)];
      await Promise.all([near, far].map(subscribed));
      for (const [fixture, text] of [[second, "far"], [first, "near"]] as const)
        await call(target(), "POST", "/api/broadcast", {
          host: fixture.externalId, token: keyOf(fixture, "anon"), json: { messages: [{ topic: "same", event: "text", payload: { text } }] },
        });
      await until("both hear their own", () => heardNear.length > 0 && heardFar.length > 0);
      assert.deepEqual([heardNear, heardFar].map((heard) => heard.map(({ payload }) => payload.text)), [["near"], ["far"]]);
    });
  });
  const { status } = await call(target(), "POST", "/api/broadcast", { host: first.externalId, token: keyOf(second, "anon"), json: { messages: [] } });
  assert.equal(status, 401);
}

async function byHttp(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const anon = keyOf(fixture, "anon");
  await withClients(target(), fixture, async (client) => {
    const channel = client(anon).channel("http");
    const heard = listen(channel);
    await subscribed(channel);
    const messages = [{ topic: "http", event: "a", payload: { n: 1 } }, { topic: "elsewhere", event: "b", payload: {} }, { topic: "http", event: "c", payload: {} }];
    const batch = await call(target(), "POST", "/api/broadcast", { host: fixture.externalId, headers: { apikey: anon }, json: { messages } });
    assert.deepEqual([batch.status, batch.body], [202, ""]);
    const one = await call(target(), "POST", "/api/broadcast/http/events/d", { host: fixture.externalId, token: anon, json: { n: 4 } });
    assert.deepEqual([one.status, one.body], [202, ""]);
    await until("three broadcasts", () => heard.length === 3);
    assert.deepEqual(heard.map(({ event, payload }) => [event, payload]), [["a", { n: 1 }], ["c", {}], ["d", { n: 4 }]]);
  });
}

async function httpMistakes(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const ask = async (json: unknown, token: string | undefined = keyOf(fixture, "anon"), path = "/api/broadcast", more: object = {}) => {
    const { status, body } = await call(target(), "POST", path, { host: fixture.externalId, token, json, ...more });
    return [status, body];
  };
  assert.deepEqual(await ask({}), [422, { errors: { messages: ["can't be blank"] } }]);
  assert.deepEqual(await ask({ messages: [{ topic: "a", event: "b", payload: {} }, { topic: "a", payload: 1 }] }),
    [422, { errors: { messages: [{}, { event: ["can't be blank"], payload: ["is invalid"] }] } }]);
  assert.deepEqual(await ask({ messages: [] }, "nonsense"), [401, { message: "Unauthorized" }]);
  assert.deepEqual(await ask({ messages: [] }, keyOf(fixture, "anon", { exp: 1 })), [401, { message: "Unauthorized" }]);
  const text = await ask(undefined, keyOf(fixture, "anon"), "/api/broadcast/a/events/b", { text: "x", headers: { "content-type": "text/plain" } });
  assert.equal(text[0], 415);
}

async function presence(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const anon = keyOf(fixture, "anon");
  await withClients(target(), fixture, async (client) => {
    const open = (key: string) => client(anon).channel("hall", { config: { presence: { key } } });
    const [ann, bob] = [open("ann"), open("bob")];
    const seen: string[] = [];
    bob.on("presence", { event: "join" }, ({ key }) => seen.push(`+${key}`));
    bob.on("presence", { event: "leave" }, ({ key }) => seen.push(`-${key}`));
    ann.on("presence", { event: "sync" }, () => {});
    const state = (channel: RealtimeChannel) => channel.presenceState<{ at: string }>();
    await subscribed(ann);
    assert.equal(await ann.track({ at: "door" }), "ok");
    await subscribed(bob);
    await until("who was there before", () => state(bob)["ann"]?.[0]?.at === "door");
    assert.equal(await bob.track({ at: "table" }), "ok");
    await until("each sees both", () => [ann, bob].every((channel) => Object.keys(state(channel)).length === 2));
    assert.equal(await ann.track({ at: "table" }), "ok");
    await until("the change", () => state(bob)["ann"]?.length === 1 && state(bob)["ann"][0]!.at === "table");
    await ann.untrack();
    await until("ann is gone", () => state(bob)["ann"] === undefined);
    await ann.track({ at: "door" });
    await until("ann is back", () => state(bob)["ann"]?.length === 1);
    await ann.unsubscribe();
    await until("ann left", () => state(bob)["ann"] === undefined);
    assert.deepEqual([seen.filter((each) => each === "+bob").length, seen.includes("+ann"), seen.includes("-ann")], [1, true, true]);
  });
}

async function newSecret(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const old = keyOf(fixture, "anon");
  await withClients(target(), fixture, async (make) => {
    const client: SupabaseClient = make(old);
    await subscribed(client.channel("before"));
    const renewed = { ...fixture, jwtSecret: "another secret of at least thirty-two characters" };
    await api(target(), "PUT", `/${fixture.externalId}`, { tenant: { jwt_secret: renewed.jwtSecret } });
    await until("the socket is closed", () => !client.realtime.isConnected());
    const ping = (key: string) => call(target(), "POST", "/api/broadcast", { host: fixture.externalId, token: key, json: { messages: [] } });
    assert.deepEqual([(await ping(old)).status, (await ping(keyOf(renewed, "anon"))).status], [401, 202]);
    await client.realtime.disconnect();
  });
  await api(target(), "PUT", `/${fixture.externalId}`, tenantOf(fixture));
}
