// The stand-in as a process: what stops it, what its commands do, what it leaves behind.
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import jsonwebtoken from "jsonwebtoken";
import { call, keyOf, makeTenants, type RealtimeTarget, type TenantFixture, until, withClients } from "../../../lab/standins/contract/realtimeClient.ts";
import { type LabPostgres, type Login, makeProject, startLabPostgres } from "../../../lab/standins/contract/realtimePostgres.ts";
import {
  API_JWT_SECRET, databaseVariables, makeMetadata, makeTenant, runRealtime, spawnRealtime, startRealtime, targetOf,
} from "../../../lab/standins/contract/realtimeProcess.ts";

jest.setTimeout(60_000);

describe("without a database", () => {
  test.each([
    ["METRICS_JWT_SECRET", undefined, 'could not fetch environment variable "METRICS_JWT_SECRET" because it is not set'],
    ["SECRET_KEY_BASE", undefined, 'could not fetch environment variable "SECRET_KEY_BASE" because it is not set'],
    ["APP_NAME", undefined, "APP_NAME not available"],
    ["DB_ENC_KEY_GCM", "short", "DB_ENC_KEY_GCM must be exactly 32 bytes for AES-256-GCM, got 5 bytes"],
    ["DB_HOST", "nowhere.invalid", "Failed to detect IP version for DB_HOST: nxdomain"],
    ["DB_ENC_KEY", "seventeen letters", "DB_ENC_KEY must be 16 bytes for AES-128-ECB, got 17 bytes"],
    ["API_JWT_SECRET", undefined, "API_JWT_SECRET is not set"],
    ["PORT", "many", 'env PORT expected a Integer, got "many"'],
  ])("%s as %s stops it", async (name, value, words) => {
    const realtime = spawnRealtime(["server"], 0, { [name]: value });
    expect(await realtime.exited).toBe(1);
    expect(realtime.log()).toContain(words);
    expect(realtime.log()).not.toContain(API_JWT_SECRET);
  });

  test("a database that does not answer ends migrate with code 1, and Elixir is not evaluated", async () => {
    const away = spawnRealtime(["migrate"], 0, { DB_HOST: "127.0.0.1", DB_PORT: "1" });
    expect(await away.exited).toBe(1);
    const elixir = spawnRealtime(["eval", "IO.puts(1)"], 0, {});
    expect([await elixir.exited, elixir.log()]).toEqual([1, expect.stringContaining("evaluates no Elixir but Realtime.Release.migrate")]);
  });
});

describe("with the lab's Postgres", () => {
  let postgres: LabPostgres;
  beforeAll(async () => {
    postgres = await startLabPostgres();
  }, 900_000);
  afterAll(async () => {
    await postgres?.stop();
  });

  test("a role that is no superuser can not make schema realtime, and nothing of it stays", async () => {
    const login = await makeProject(postgres, "bare");
    await postgres.sql("bare", `create schema _realtime authorization ${login.user}`);
    await runRealtime(["migrate"], databaseVariables(login));
    const log = await runRealtime(["eval", "Realtime.Release.seeds(Realtime.Repo)"], databaseVariables(login));
    expect(log).toContain('Failed to set-up tenant: must be able to SET ROLE "supabase_admin"');
    expect(await postgres.sql("bare", "select from pg_class where relnamespace = 'realtime'::regnamespace")).toEqual([]);
  });

  test("SEED_SELF_HOST makes realtime-dev on the metadata's own database, again and again", async () => {
    await postgres.sql("postgres", "create database alone template supabase_template");
    await postgres.sql("alone", "create schema _realtime");
    const variables = databaseVariables(postgres.admin("alone"));
    await runRealtime(["migrate"], variables);
    for (let times = 0; times < 2; times += 1)
      expect(await runRealtime(["eval", "Realtime.Release.seeds(Realtime.Repo)"], variables)).toContain("Tenant set-up successfully");
    expect(await postgres.sql("alone", "select count(*)::int from realtime.schema_migrations")).toEqual([{ count: 81 }]);
    const [tenant] = await postgres.sql("alone", "select external_id, jwt_secret, migrations_ran, settings from _realtime.tenants join _realtime.extensions on tenant_external_id = external_id");
    expect(tenant).toMatchObject({ external_id: "realtime-dev", migrations_ran: 81, settings: { region: "us-east-1", ssl_enforced: false } });
    // AES-128-ECB with DB_ENC_KEY, as `openssl enc -aes-128-ecb` has it.
    expect(tenant.settings.db_name).toBe("KEpfXYQxx0xctzgjRyLVoQ==");
    const realtime = await startRealtime(variables);
    try {
      const target = { baseUrl: realtime.url } as RealtimeTarget;
      // Upstream's health check: the anonymous key is of the same secret.
      const token = jsonwebtoken.sign({ role: "anon", exp: 4_000_000_000 }, API_JWT_SECRET);
      const health = await call(target, "HEAD", "/api/tenants/realtime-dev/health", { token });
      expect(health.status).toBe(200);
      expect((await call(target, "GET", "/api/ping", { host: "realtime-dev.supabase-realtime" })).status).toBe(200);
      for (const path of ["/metrics", "/api/openapi", "/admin/dashboard"]) {
        const metrics = jsonwebtoken.sign({}, "a metrics secret of at least thirty-two characters");
        const { status, body, headers } = await call(target, "GET", path, { token: metrics });
        expect([status, headers["x-lab-stand-in"], body.error]).toEqual([501, "realtime", expect.stringContaining("lab-realtime, a stand-in for Realtime, lacks")]);
      }
    } finally {
      expect(await realtime.stop()).toBe(0);
    }
  });

  describe("slots", () => {
    let fixture: TenantFixture;
    let metadata: Login;
    beforeAll(async () => {
      fixture = await makeTenant(postgres, "blog");
      await fixture.sql("create table notes (id int primary key); grant select on notes to anon; alter publication supabase_realtime add table notes");
      metadata = await makeMetadata(postgres);
    });

    const slots = () => fixture.sql("select slot_name from pg_replication_slots order by 1").then((rows) => rows.map(({ slot_name: name }) => name as string));

    test.each(["SIGTERM", "SIGKILL"] as const)("are gone after %s", async (signal) => {
      const realtime = await startRealtime(databaseVariables(metadata));
      const target = targetOf(realtime, [fixture, fixture]);
      await makeTenants(target);
      await withClients(target, fixture, async (client) => {
        client(keyOf(fixture, "anon")).channel("x").on("postgres_changes", { event: "*", schema: "public", table: "notes" }, () => {}).subscribe();
        await until("both slots", async () => (await slots()).length === 2);
        expect(await slots()).toEqual(["sb_rt_blog_lab", "supabase_realtime_messages_replication_slot_lab"]);
        expect(await realtime.stop(signal)).toBe(signal === "SIGTERM" ? 0 : null);
        await until("no slot", async () => (await slots()).length === 0);
      });
    });
  });
});
