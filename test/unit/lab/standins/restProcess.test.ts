// What only the whole process shows: configuration, the database going away, health, the end. On a real Postgres.
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import jsonwebtoken from "jsonwebtoken";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";
import { startPostgres } from "../../../lab/standins/contract/restPostgres.ts";
import { freePort } from "../../../lib/freePort.ts";
import type { TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";
import { MAIN, ROLES, startRest, untilStatus, uriOf } from "../../../lab/standins/contract/restProcess.ts";
import type { RestProcess } from "../../../lab/standins/contract/restProcess.ts";

const secret = "a-secret-of-more-than-32-characters-for-the-process";
const tokenFor = (role: string): string => jsonwebtoken.sign({ role }, secret);

// Each test starts one process or two, which takes seconds when the machine has more to do.
jest.setTimeout(20_000);

let postgres: TemporaryPostgres;
const started: RestProcess[] = [];

async function start(env: Record<string, string>, wait = true): Promise<RestProcess> {
  const rest = await startRest({ PGRST_DB_URI: uriOf(postgres.port), PGRST_DB_ANON_ROLE: "anon", PGRST_JWT_SECRET: secret, ...env }, wait);
  started.push(rest);
  return rest;
}

interface Got { status: number; json: any; headers: Headers }

async function get(rest: RestProcess, path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(rest.url + path, { ...init, headers });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text), headers: response.headers };
}

const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.sql(`${ROLES}
    create schema extra;
    create table public.items (id int primary key, name text);
    create table extra.things (id int);
    insert into public.items select n, 'n' || n from generate_series(1, 5) n;
    create function public.nap(seconds float) returns text language sql volatile as $$select 'rested' from pg_sleep(seconds)$$;
    create function public.setting(name text) returns text language sql stable as 'select current_setting(name, true)';
    create function public.check_request() returns void language plpgsql as $$
      begin
        if current_setting('request.headers', true)::json ->> 'x-stop' is not null then
          raise sqlstate 'PT429' using message = 'too many';
        end if;
      end $$;
    alter role authenticated set statement_timeout = '1234ms';
    grant usage on schema extra to anon, authenticated;
    grant all on public.items, extra.things to anon, authenticated;`);
}, 60_000);

afterEach(async () => {
  await Promise.all(started.splice(0).map((rest) => rest.stop("SIGKILL")));
});

afterAll(async () => {
  await postgres?.stop();
});

describe("configuration", () => {
  async function refused(env: Record<string, string>): Promise<string> {
    const rest = await start(env, false);
    expect(await rest.exited).toBe(1);
    return rest.log();
  }

  test("a secret that is too short stops it, and is not repeated", async () => {
    const log = await refused({ PGRST_JWT_SECRET: "hunter2-is-too-short" });
    expect(log).toContain("The JWT secret must be at least 32 characters long.");
    expect(log).not.toContain("hunter2");
  });

  test("a wrong password ends it, as upstream", async () => {
    const log = await refused({ PGRST_DB_URI: `postgres://blog_authenticator:wrong-hunter2@127.0.0.1:${postgres.port}/postgres` });
    expect(log).toContain("password authentication failed");
    expect(log).not.toContain("hunter2");
  });

  test("unknown variables are named once, known ones work together", async () => {
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwks = {
      keys: [
        { ...ec.publicKey.export({ format: "jwk" }), kid: "ec", alg: "ES256", use: "sig" },
        { kty: "oct", k: Buffer.from(secret).toString("base64url"), alg: "HS256", kid: "hs" },
      ],
    };
    const rest = await start({
      PGRST_JWT_SECRET: JSON.stringify(jwks), PGRST_JWT_AUD: "authenticated", PGRST_DB_SCHEMAS: "public, extra", PGRST_DB_MAX_ROWS: "2",
      PGRST_DB_TX_END: "commit-allow-override", PGRST_DB_AGGREGATES_ENABLED: "true", PGRST_APP_SETTINGS_JWT_EXP: "3600",
      PGRST_DB_PRE_REQUEST: "public.check_request", PGRST_WHATEVER: "1", PGRST_DB_USE_LEGACY_GUCS: "false", PGRST_LOG_LEVEL: "info",
    });
    expect(rest.log().match(/PGRST_WHATEVER/g)).toHaveLength(1);

    const es256 = (claims: object, keyid = "ec"): string =>
      jsonwebtoken.sign({ role: "authenticated", ...claims }, ec.privateKey, { algorithm: "ES256", keyid });
    const role = async (token: string): Promise<Got> => get(rest, "/rpc/setting?name=role", bearer(token));
    expect((await role(es256({ aud: "authenticated" }))).json).toBe("authenticated");
    expect((await role(jsonwebtoken.sign({ role: "authenticated" }, secret))).json).toBe("authenticated");
    expect((await role(es256({ aud: "other" }))).json.message).toBe("JWT not in audience");
    expect((await role(es256({}, "hs"))).json.details).toBe("No suitable key was found to decode the JWT");
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const forged = jsonwebtoken.sign({ role: "authenticated" }, stranger.privateKey, { algorithm: "ES256", keyid: "ec" });
    expect((await role(forged)).json.details).toBe("None of the keys was able to decode the JWT");

    expect((await get(rest, "/items?select=id&order=id")).json).toEqual([{ id: 1 }, { id: 2 }]);
    expect((await get(rest, "/items?select=count()")).json).toEqual([{ count: 5 }]);
    expect((await get(rest, "/rpc/setting?name=app.settings.jwt_exp")).json).toBe("3600");
    const things = await get(rest, "/things", { "Accept-Profile": "extra" });
    expect([things.status, things.headers.get("Content-Profile")]).toEqual([200, "extra"]);
    const stopped = await get(rest, "/items", { "X-Stop": "1" });
    expect([stopped.status, stopped.json.message]).toEqual([429, "too many"]);

    const insert = { method: "POST", body: JSON.stringify({ id: 100 }) };
    const rolledBack = await get(rest, "/items", { "Content-Type": "application/json", Prefer: "tx=rollback, return=representation" }, insert);
    expect([rolledBack.status, rolledBack.headers.get("Preference-Applied")]).toEqual([201, "return=representation, tx=rollback"]);
    expect((await get(rest, "/items?id=eq.100")).json).toEqual([]);
  });

  test("no anonymous role is PGRST302; the role's own settings are applied", async () => {
    const closed = await start({ PGRST_DB_ANON_ROLE: "" });
    const anonymous = await get(closed, "/items");
    expect([anonymous.status, anonymous.json.code, anonymous.headers.get("WWW-Authenticate")]).toEqual([401, "PGRST302", "Bearer"]);
    expect((await get(closed, "/rpc/setting?name=statement_timeout", bearer(tokenFor("authenticated")))).json).toBe("1234ms");
  });

  test("without a secret a token is PGRST300", async () => {
    const keyless = await start({ PGRST_JWT_SECRET: "" });
    const withToken = await get(keyless, "/items", bearer(tokenFor("authenticated")));
    expect([withToken.status, withToken.json.code]).toEqual([500, "PGRST300"]);
    expect((await get(keyless, "/items")).status).toBe(200);
  });

  test("settings of the role in the database, read again at NOTIFY", async () => {
    const rest = await start({});
    expect((await get(rest, "/items?select=id")).json).toHaveLength(5);
    await postgres.sql("alter role blog_authenticator set pgrst.db_max_rows = '3'; notify pgrst, 'reload config'");
    for (let tries = 0; tries < 50 && (await get(rest, "/items?select=id")).json.length === 5; tries += 1) await new Promise((done) => setTimeout(done, 100));
    await postgres.sql("alter role blog_authenticator reset pgrst.db_max_rows");
    expect((await get(rest, "/items?select=id")).json).toHaveLength(3);
  });
});

describe("the running server", () => {
  test("says what it is, and 501 to what it does not know", async () => {
    const rest = await start({});
    const { headers } = await get(rest, "/items");
    expect([headers.get("x-lab-stand-in"), headers.get("Server")]).toEqual(["rest", "postgrest/14.17 (lab stand-in)"]);
    const unknown = await get(rest, "/items", { Accept: "application/geo+json" });
    expect([unknown.status, unknown.json.message]).toEqual([501, "lab-rest does not implement application/geo+json"]);
    expect((await fetch(`${rest.adminUrl}/metrics`)).status).toBe(501);
    expect((await fetch(`${rest.adminUrl}/nothing`)).status).toBe(404);
  });

  test("health: /live, /ready and --ready, which needs a host it can ask", async () => {
    const rest = await start({});
    expect((await fetch(`${rest.adminUrl}/live`)).status).toBe(200);
    const ready = (env: Record<string, string>): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, [MAIN, "--ready"], { env: { PATH: process.env["PATH"] ?? "", ...rest.env, ...env } });
    expect((await ready({})).stdout).toBe(`OK: ${rest.adminUrl}/ready\n`);
    await expect(ready({ PGRST_ADMIN_SERVER_HOST: "!4" })).rejects.toMatchObject({ code: 1 });
    await expect(ready({ PGRST_ADMIN_SERVER_PORT: String(await freePort()) })).rejects.toMatchObject({ code: 1 });
  });

  test("a full pool is PGRST003, 504", async () => {
    const rest = await start({ PGRST_DB_POOL: "1", PGRST_DB_POOL_ACQUISITION_TIMEOUT: "1" });
    const nap = get(rest, "/rpc/nap", { "Content-Type": "application/json" }, { method: "POST", body: '{"seconds": 2.5}' });
    await new Promise((done) => setTimeout(done, 300));
    const { status, json } = await get(rest, "/items");
    expect([status, json.code, json.message]).toEqual([504, "PGRST003", "Timed out acquiring connection from connection pool."]);
    expect((await nap).json).toBe("rested");
  });

  test("SIGTERM: what is under way is answered, nothing new is taken, exit 0", async () => {
    const rest = await start({});
    const nap = get(rest, "/rpc/nap", { "Content-Type": "application/json" }, { method: "POST", body: '{"seconds": 1}' });
    await new Promise((done) => setTimeout(done, 300));
    const end = rest.stop("SIGTERM");
    await new Promise((done) => setTimeout(done, 200));
    await expect(fetch(`${rest.url}/items`)).rejects.toThrow();
    const answer = await nap;
    expect([answer.status, answer.json]).toEqual([200, "rested"]);
    expect(await end).toBe(0);
  });

  test("an idle connection stays open for longer than Envoy keeps its own", async () => {
    const { headers } = await get(await start({}), "/items");
    expect(headers.get("Keep-Alive")).toBe("timeout=7200");
  });
});

describe("the database goes away", () => {
  test("503 in PostgREST's words meanwhile, and it comes back by itself", async () => {
    const rest = await start({});
    const restart = postgres.restart(1500);
    const seen = new Set<string>();
    let last: Got | undefined;
    for (let tries = 0; tries < 8; tries += 1) {
      last = await get(rest, "/items");
      if (last.status === 503) seen.add(last.json.code as string);
      await new Promise((done) => setTimeout(done, 150));
    }
    expect([...seen].filter((code) => !["PGRST000", "PGRST001", "PGRST002", "57P01", "57P02", "57P03"].includes(code))).toEqual([]);
    expect(last!.status).toBe(503);
    expect(Number(last!.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await fetch(`${rest.adminUrl}/ready`)).status).toBe(503);
    await restart;
    await untilStatus(`${rest.url}/items`, 200, 150);
    await untilStatus(`${rest.adminUrl}/ready`, 200, 50);
    await postgres.sql("create table public.afterwards (); grant select on public.afterwards to anon; notify pgrst, 'reload schema'");
    await untilStatus(`${rest.url}/afterwards`, 200, 450);
    await postgres.sql("drop table public.afterwards");
  }, 90_000);

  test("a start without a database serves 503 PGRST002 and does not end", async () => {
    const port = await freePort();
    const rest = await start({ PGRST_DB_URI: uriOf(port) }, false);
    await untilStatus(`${rest.adminUrl}/live`, 200, 100);
    const { status, json } = await get(rest, "/items");
    expect([status, json]).toEqual([
      503, { code: "PGRST002", details: null, hint: null, message: "Could not query the database for the schema cache. Retrying." },
    ]);
    expect((await fetch(`${rest.adminUrl}/ready`)).status).toBe(503);
    expect(rest.log()).toContain("Attempting to reconnect to the database in 1 seconds");
  });
});
