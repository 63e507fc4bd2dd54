// router.ex, tenant_controller.ex, tenant_view.ex, api/tenant.ex, api/extensions.ex, crypto.ex at v2.129.8.
import assert from "node:assert/strict";
import jsonwebtoken from "jsonwebtoken";
import { api, call, type ContractCase, contractCase, keyOf, makeTenants, settingsOf, type Target, tenantOf } from "./realtimeClient.ts";

export function tenantCases(target: Target): ContractCase[] {
  return [
    contractCase("tenants: without a token of API_JWT_SECRET it is 403 with no body", () => authorization(target)),
    contractCase("tenants: POST makes one, 201, and again changes it, 200", () => upsert(target)),
    contractCase("tenants: what is shown has no password, and the rest of the login encrypted", () => shown(target)),
    contractCase("tenants: PUT and PATCH change what they name", () => change(target)),
    contractCase("tenants: what is wrong is 422 with the fields' names", () => mistakes(target)),
    contractCase("tenants: a schema that the role may not make is 401, and the tenant stays", () => unprepared(target)),
    contractCase("tenants: health, reload, shutdown, 404 for nobody's", () => health(target)),
    contractCase("tenants: DELETE is 204, also for nobody's", () => remove(target)),
    contractCase("HTTP: healthcheck, ping by Host, HEAD as GET, 404", () => plain(target)),
  ];
}

async function authorization(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const expired = jsonwebtoken.sign({ exp: 1 }, "an API secret of at least thirty-two characters");
  for (const token of [undefined, "nonsense", keyOf(fixture, "service_role"), expired]) {
    const { status, body } = await call(target(), "GET", "/api/tenants", { token });
    assert.deepEqual([status, body], [403, ""], token);
  }
}

async function upsert(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  await api(target(), "DELETE", `/${fixture.externalId}`);
  const made = await api(target(), "POST", "", tenantOf(fixture, { max_concurrent_users: 7, name: "another" }));
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.headers.location, `/api/tenants/${fixture.externalId}`);
  const { external_id, name, max_concurrent_users, max_events_per_second, max_joins_per_second, private_only, presence_enabled } = made.body.data;
  assert.deepEqual([external_id, name, max_concurrent_users, max_events_per_second, max_joins_per_second, private_only, presence_enabled],
    [fixture.externalId, fixture.externalId, 7, 100, 100, false, false]);
  const again = await api(target(), "POST", "", tenantOf(fixture, { max_concurrent_users: 200 }));
  assert.deepEqual([again.status, again.body.data.max_concurrent_users, again.body.data.id], [200, 200, made.body.data.id]);
}

async function shown(target: Target): Promise<void> {
  await makeTenants(target());
  const [fixture] = target().tenants;
  const { body } = await api(target(), "GET", `/${fixture.externalId}`);
  const [{ type, settings }] = body.data.extensions;
  assert.equal(type, "postgres_cdc_rls");
  assert.deepEqual([settings.region, settings.publication, settings.poll_max_changes, settings.ssl_enforced], ["us-east-1", "supabase_realtime", 100, false]);
  assert.equal("db_password" in settings, false);
  assert.notEqual(settings.db_host, fixture.login.host);
  assert.match(settings.db_host, /^[A-Za-z0-9+/]+=*$/);
  assert.equal(JSON.stringify(body).includes(fixture.login.password), false);
  assert.equal(JSON.stringify(body).includes(fixture.jwtSecret), false);
  const all = await api(target(), "GET", "");
  assert.ok(all.body.data.length >= 2);
}

async function change(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const path = `/${fixture.externalId}`;
  const put = await api(target(), "PUT", path, { tenant: { max_channels_per_client: 5 } });
  assert.deepEqual([put.status, put.body.data.max_channels_per_client, put.body.data.extensions.length], [200, 5, 1]);
  const settings = settingsOf(fixture, { postgres_changes_pool: 2 });
  const patch = await api(target(), "PATCH", path, { tenant: { max_channels_per_client: 100, extensions: [{ type: "postgres_cdc_rls", settings }] } });
  const { postgres_changes_pool: pool, subcriber_pool_size: size } = patch.body.data.extensions[0].settings;
  assert.deepEqual([patch.status, patch.body.data.max_channels_per_client, pool, size], [200, 100, undefined, 2]);
}

async function mistakes(target: Target): Promise<void> {
  const [fixture] = target().tenants;
  const nobody = tenantOf(fixture, { external_id: null });
  assert.deepEqual(await outcome(target, nobody), [422, { errors: { external_id: ["can't be blank"] } }]);
  const settings = { ...settingsOf(fixture), db_port: 5432, db_host: null };
  const broken = tenantOf(fixture, { external_id: "broken", extensions: [{ type: "postgres_cdc_rls", settings }] });
  assert.deepEqual(await outcome(target, broken), [422, { errors: { extensions: [{ settings: ["db_port is invalid", "db_host can't be blank"] }] } }]);
  const keyless = tenantOf(fixture, { external_id: "keyless", jwt_secret: null });
  assert.deepEqual(await outcome(target, keyless), [422, { errors: { jwt_secret: ["either jwt_secret or jwt_jwks must be provided"] } }]);
  assert.deepEqual(await outcome(target, tenantOf(fixture, { external_id: "x", max_concurrent_users: "many" })),
    [422, { errors: { max_concurrent_users: ["is invalid"] } }]);
}

async function outcome(target: Target, json: unknown): Promise<[number, unknown]> {
  const { status, body } = await api(target(), "POST", "", json);
  return [status, body];
}

async function unprepared(target: Target): Promise<void> {
  const [, fixture] = target().tenants;
  // The same login role, in a database that has no schema yet and where nobody lets it make one.
  const name = "unprepared";
  await fixture.sql(`drop schema if exists spare cascade; create schema spare`);
  await fixture.sql(`alter schema realtime rename to realtime_kept`);
  try {
    const settings = settingsOf(fixture);
    const made = await api(target(), "POST", "", tenantOf(fixture, { external_id: name, extensions: [{ type: "postgres_cdc_rls", settings }] }));
    assert.deepEqual([made.status, made.body], [401, { message: "Unauthorized" }]);
    assert.equal((await api(target(), "GET", `/${name}`)).status, 200);
  } finally {
    await fixture.sql("drop schema if exists realtime cascade; alter schema realtime_kept rename to realtime; drop schema spare");
    await api(target(), "DELETE", `/${name}`);
  }
}

async function health(target: Target): Promise<void> {
  await makeTenants(target());
  const [fixture] = target().tenants;
  const path = `/${fixture.externalId}`;
  await api(target(), "POST", `${path}/shutdown`);
  const { status, body } = await api(target(), "GET", `${path}/health`);
  const { healthy, db_connected, replication_connected, connected_cluster } = body.data;
  assert.deepEqual([status, healthy, db_connected, replication_connected, connected_cluster], [200, true, false, false, 0]);
  assert.equal((await api(target(), "POST", `${path}/reload`)).status, 204);
  for (const [method, each] of [["GET", "/nobody"], ["GET", "/nobody/health"], ["POST", "/nobody/reload"], ["POST", "/nobody/shutdown"]] as const) {
    const missing = await api(target(), method, each);
    assert.deepEqual([missing.status, missing.body], [404, { message: "not found" }], each);
  }
}

async function remove(target: Target): Promise<void> {
  const [, fixture] = target().tenants;
  await makeTenants(target());
  const gone = await api(target(), "DELETE", `/${fixture.externalId}`);
  assert.deepEqual([gone.status, gone.body], [204, ""]);
  assert.equal((await api(target(), "GET", `/${fixture.externalId}`)).status, 404);
  assert.equal((await api(target(), "DELETE", "/nobody")).status, 204);
}

async function plain(target: Target): Promise<void> {
  await makeTenants(target());
  const [{ externalId }] = target().tenants;
  assert.deepEqual(await shortened(target, "GET", "/healthcheck"), [200, "ok"]);
  for (const host of [externalId, `${externalId}.realtime`, `${externalId}.example.com:4000`])
    assert.deepEqual(await shortened(target, "GET", "/api/ping", host), [200, { message: "Success" }], host);
  assert.deepEqual(await shortened(target, "GET", "/api/ping", "nobody.example.com"), [401, { message: "Tenant not found in database" }]);
  const head = await call(target(), "HEAD", `/api/tenants/${externalId}/health`, { token: target().apiToken });
  assert.deepEqual([head.status, head.body], [200, ""]);
  assert.equal((await call(target(), "GET", "/nothing")).status, 404);
}

async function shortened(target: Target, method: string, path: string, host?: string): Promise<[number, unknown]> {
  const { status, body } = await call(target(), method, path, host === undefined ? {} : { host });
  return [status, body];
}
