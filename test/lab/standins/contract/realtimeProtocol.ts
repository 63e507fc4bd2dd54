// user_socket.ex, v2_serializer.ex at v2.129.8 and Phoenix 1.8's socket.ex, without a library between.
import assert from "node:assert/strict";
import { call, type ContractCase, contractCase, keyOf, makeTenants, startGateway, type Target, type TenantFixture, until } from "./realtimeClient.ts";

export function protocolCases(target: Target): ContractCase[] {
  return [
    contractCase("protocol: vsn 1.0.0 joins, beats, leaves", () => versionOne(target)),
    contractCase("protocol: vsn 2.0.0 joins, beats, leaves; a second join closes the first", () => versionTwo(target)),
    contractCase("protocol: broadcasts pass between the versions", () => between(target)),
    contractCase("protocol: a refused handshake says why", () => handshakes(target)),
    contractCase("protocol: a join that is refused says why", () => refusedJoins(target)),
    contractCase("protocol: tenants' limits of channels and users", () => limits(target)),
  ];
}

type Raw = { send: (message: unknown) => void; received: any[]; next: () => Promise<any>; socket: WebSocket };

async function withSockets(target: Target, fixture: TenantFixture, run: (open: (vsn: string, key?: string) => Promise<Raw>) => Promise<void>): Promise<void> {
  const gateway = await startGateway(target(), fixture.externalId);
  const sockets: WebSocket[] = [];
  try {
    await run(async (vsn, key = keyOf(fixture, "anon")) => {
      const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/realtime/v1/websocket?vsn=${vsn}&apikey=${key}`);
      socket.binaryType = "arraybuffer";
      sockets.push(socket);
      const received: any[] = [];
      let taken = 0;
      socket.addEventListener("message", ({ data }) => received.push(typeof data === "string" ? JSON.parse(data) : Buffer.from(data as ArrayBuffer)));
      await new Promise((resolve, reject) => {
        socket.addEventListener("open", resolve);
        socket.addEventListener("error", reject);
      });
      const next = () => until("a message", () => received.length > taken && received[taken++]);
      return { received, socket, next, send: (message) => socket.send(message instanceof Uint8Array ? new Uint8Array(message) : JSON.stringify(message)) };
    });
  } finally {
    for (const socket of sockets) socket.close();
    gateway.stop();
  }
}

async function versionOne(target: Target): Promise<void> {
  await makeTenants(target());
  await withSockets(target, target().tenants[0], async (open) => {
    const { send, next } = await open("1.0.0");
    send({ topic: "phoenix", event: "heartbeat", payload: {}, ref: "1" });
    assert.deepEqual(await next(), { topic: "phoenix", event: "phx_reply", payload: { status: "ok", response: {} }, ref: "1" });
    send({ topic: "realtime:a", event: "phx_join", payload: { config: {} }, ref: "2", join_ref: "2" });
    assert.deepEqual(await next(), { topic: "realtime:a", event: "phx_reply", payload: { status: "ok", response: { postgres_changes: [] } }, ref: "2" });
    send({ topic: "realtime:a", event: "phx_leave", payload: {}, ref: "3" });
    assert.deepEqual(await next(), { topic: "realtime:a", event: "phx_reply", payload: { status: "ok", response: {} }, ref: "3" });
    assert.deepEqual(await next(), { topic: "realtime:a", event: "phx_close", payload: {}, ref: "2" });
    send({ topic: "realtime:a", event: "broadcast", payload: {}, ref: "4" });
    assert.deepEqual((await next()).payload, { status: "error", response: { reason: "unmatched topic" } });
  });
}

async function versionTwo(target: Target): Promise<void> {
  await withSockets(target, target().tenants[0], async (open) => {
    const { send, next } = await open("2.0.0");
    send([null, "1", "phoenix", "heartbeat", {}]);
    assert.deepEqual(await next(), [null, "1", "phoenix", "phx_reply", { status: "ok", response: {} }]);
    const config = { postgres_changes: [{ event: "*", schema: "public", table: "nothing" }], presence: { enabled: true, key: "" } };
    send(["2", "2", "realtime:a", "phx_join", { config }]);
    const [joinRef, ref, topic, event, { status, response }] = await next();
    assert.deepEqual([joinRef, ref, topic, event, status], ["2", "2", "realtime:a", "phx_reply", "ok"]);
    const [{ id, ...asked }] = response.postgres_changes;
    assert.deepEqual([Number.isInteger(id), asked], [true, config.postgres_changes[0]]);
    assert.deepEqual(await next(), ["2", null, "realtime:a", "presence_state", {}]);
    const system = await next();
    assert.deepEqual([system[3], system[4].extension, system[4].status, system[4].channel], ["system", "postgres_changes", "error", "a"]);
    send(["5", "5", "realtime:a", "phx_join", { config: {} }]);
    assert.deepEqual(await next(), ["2", "2", "realtime:a", "phx_close", {}]);
    assert.deepEqual((await next()).slice(0, 4), ["5", "5", "realtime:a", "phx_reply"]);
    send([null, "6", "elsewhere", "phx_join", {}]);
    assert.deepEqual((await next())[4], { status: "error", response: { reason: "unmatched topic" } });
  });
}

async function between(target: Target): Promise<void> {
  await withSockets(target, target().tenants[0], async (open) => {
    const [one, two] = [await open("1.0.0"), await open("2.0.0")];
    one.send({ topic: "realtime:mixed", event: "phx_join", payload: { config: {} }, ref: "1", join_ref: "1" });
    two.send(["1", "1", "realtime:mixed", "phx_join", { config: {} }]);
    await Promise.all([one.next(), two.next()]);
    one.send({ topic: "realtime:mixed", event: "broadcast", payload: { type: "broadcast", event: "e", payload: { n: 1 } }, ref: "2" });
    assert.deepEqual(await two.next(), [null, null, "realtime:mixed", "broadcast", { type: "broadcast", event: "e", payload: { n: 1 } }]);
    const pieces = ["1", "2", "realtime:mixed", "é", ""].map((piece) => Buffer.from(piece));
    const push = (encoding: number, payload: string) => Buffer.concat([Buffer.from([3, ...pieces.map((piece) => piece.length), encoding]), ...pieces, Buffer.from(payload)]);
    // Bytes can not be said in version 1: they are left out.
    two.send(push(0, "bytes"));
    two.send(push(1, '{"n":2}'));
    const expected = { topic: "realtime:mixed", event: "broadcast", payload: { event: "é", payload: { n: 2 }, type: "broadcast" }, ref: null };
    assert.deepEqual(await one.next(), expected);
  });
}

async function handshakes(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const shake = async (key: string | undefined, { host = fixture.externalId, headers = {} }: { host?: string; headers?: Record<string, string> } = {}) => {
    const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-key": "x3JJHMbDL1EzLkh9GBhXDw==", "sec-websocket-version": "13", ...headers };
    const query = key === undefined ? "" : `&apikey=${key}`;
    const { status, body } = await call(target(), "GET", `/socket/websocket?vsn=2.0.0${query}`, { host, headers: upgrade });
    return [status, body.error];
  };
  const anon = keyOf(fixture, "anon");
  const [, second] = target().tenants;
  assert.deepEqual(await shake(undefined), [401, "API key is missing"]);
  assert.deepEqual(await shake("nonsense"), [401, "The token provided is not a valid JWT"]);
  assert.deepEqual(await shake(keyOf(second, "anon")), [401, "Failed to validate JWT signature"]);
  assert.deepEqual(await shake(keyOf(fixture, "anon", { exp: 1 })), [401, "Token has expired"]);
  assert.deepEqual(await shake(keyOf(fixture, "anon", { role: undefined })), [401, "Fields `role` and `exp` are required in JWT"]);
  assert.deepEqual(await shake(anon, { host: "nobody.realtime" }), [404, "Tenant not found"]);
  // The header comes before the query.
  assert.deepEqual(await shake(anon, { headers: { "x-api-key": "nonsense" } }), [401, "The token provided is not a valid JWT"]);
}

async function refusedJoins(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  await withSockets(target, fixture, async (open) => {
    const { send, next } = await open("2.0.0");
    const join = async (topic: string, payload: object) => {
      send(["1", "1", topic, "phx_join", payload]);
      const [, , , , { status, response }] = await next();
      return [status, response.reason];
    };
    assert.deepEqual(await join("realtime:", {}), ["error", "TopicNameRequired: You must provide a topic name"]);
    assert.deepEqual(await join("realtime:a", { access_token: "nonsense" }), ["error", "MalformedJWT: The token provided is not a valid JWT"]);
    const [status, reason] = await join("realtime:a", { access_token: keyOf(fixture, "anon", { exp: 1 }) });
    assert.equal(status, "error");
    assert.match(reason, /^InvalidJWTToken: Token has expired \d+ seconds ago$/);
    // A publishable key is no token: the socket's own counts.
    assert.equal((await join("realtime:a", { config: {}, access_token: "sb_publishable_x" }))[0], "ok");
  });
}

async function limits(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const change = (json: object) => call(target(), "PUT", `/api/tenants/${fixture.externalId}`, { token: target().apiToken, json: { tenant: json } });
  await change({ max_channels_per_client: 1, max_concurrent_users: 1 });
  try {
    await withSockets(target, fixture, async (open) => {
      const [first, second] = [await open("2.0.0"), await open("2.0.0")];
      const join = async ({ send, next }: Raw, topic: string) => {
        send(["1", "1", topic, "phx_join", { config: {} }]);
        return (await next())[4].response.reason;
      };
      assert.equal(await join(first, "realtime:a"), undefined);
      assert.equal(await join(first, "realtime:b"), "ChannelRateLimitReached: Too many channels");
      assert.equal(await join(second, "realtime:a"), "ConnectionRateLimitReached: Too many connected users");
    });
  } finally {
    await change({ max_channels_per_client: 100, max_concurrent_users: 200 });
  }
}
