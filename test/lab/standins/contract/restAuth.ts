// references/auth.rst, references/api/schemas.rst, options.rst, cors.rst, openapi.rst, references/schema_cache.rst
import { expect, test } from "@jest/globals";
import { createHmac } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { ALICE, BOB, tokenOf, until } from "./restFixture.ts";
import type { Answer, Client, RestTarget } from "./restFixture.ts";

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signed by hand: a library refuses to sign claims of a wrong type, and these are wrong on purpose. */
function signedAnyway(claims: unknown, secret: string): string {
  const head = `${base64({ alg: "HS256", typ: "JWT" })}.${base64(claims)}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

function refused(answer: Answer, code: string, message: string, details: string | null = null): void {
  expect([answer.status, answer.json]).toEqual([401, { code, details, hint: null, message }]);
  expect(answer.headers.get("WWW-Authenticate")).toBe(`Bearer error="invalid_token", error_description="${message}"`);
}

function tokenTests(ask: Client, target: RestTarget): void {
  const withToken = (token: string): Promise<Answer> => ask("/contract_clients", { token });
  const now = (): number => Math.floor(Date.now() / 1000);

  test("another secret, no token at all, too few parts", async () => {
    refused(await withToken(tokenOf(target, {}, "another-secret-of-at-least-32-chars!")), "PGRST301", "No suitable key or wrong key type", "None of the keys was able to decode the JWT");
    refused(await withToken("abc"), "PGRST301", "Expected 3 parts in JWT; got 1");
    refused(await withToken("quifquirndsjagnrgniur.fonvoienqhhdj.iuqvnvhojah"), "PGRST301", "JWT cryptographic operation failed");
    const empty = await ask("/contract_clients", { token: null, headers: { Authorization: "Bearer " } });
    refused(empty, "PGRST301", "Empty JWT is sent in Authorization header");
  });

  test("alg=none and an algorithm that no key is for", async () => {
    const unsigned = `${base64({ alg: "none" })}.${base64({ role: "service_role" })}.`;
    refused(await withToken(unsigned), "PGRST301", "Wrong or unsupported encoding algorithm", "JWT is unsecured but expected 'alg' was not 'none'");
    const hs512 = jsonwebtoken.sign({ role: "authenticated" }, target.jwtSecret, { algorithm: "HS512" });
    const answer = await withToken(hs512);
    expect([answer.status, answer.json.code]).toEqual([401, "PGRST301"]);
  });

  test("exp, nbf and iat with 30 s between the clocks", async () => {
    refused(await withToken(tokenOf(target, { exp: now() - 35 })), "PGRST303", "JWT expired");
    refused(await withToken(tokenOf(target, { nbf: now() + 40 })), "PGRST303", "JWT not yet valid");
    refused(await withToken(tokenOf(target, { iat: now() + 40, exp: now() + 100 })), "PGRST303", "JWT issued at future");
    expect((await withToken(tokenOf(target, { exp: now() - 15 }))).status).toBe(200);
    expect((await withToken(tokenOf(target, { nbf: now() + 15 }))).status).toBe(200);
  });

  test("claims of a wrong type", async () => {
    const raw = (claims: unknown): string => signedAnyway(claims, target.jwtSecret);
    refused(await withToken(raw({ role: "authenticated", exp: "soon" })), "PGRST303", "The JWT 'exp' claim must be a number");
    refused(await withToken(raw({ role: "authenticated", aud: 5 })), "PGRST303", "The JWT 'aud' claim must be a string or an array of strings");
  });

  test("a role that is not there is 401; one that may not be taken on is 403", async () => {
    const missing = await withToken(tokenOf(target, { role: "contract_no_such_role" }));
    expect([missing.status, missing.json.code, missing.json.message]).toEqual([401, "22023", 'role "contract_no_such_role" does not exist']);
    const superuser = await withToken(tokenOf(target, { role: "postgres" }));
    expect([superuser.status, superuser.json.code]).toEqual([403, "42501"]);
  });

  test("no token is the anonymous role; the scheme's case does not matter", async () => {
    expect((await ask("/contract_clients", { token: null })).status).toBe(200);
    const lower = await ask("/rpc/contract_settings", { token: null, headers: { Authorization: `bearer ${target.serviceRoleKey}` } });
    expect(lower.json.role).toBe("service_role");
  });
}

function rightTests(ask: Client, target: RestTarget): void {
  test("a missing right is 42501: 401 for the anonymous role, 403 for others", async () => {
    const anonymous = await ask("/contract_hidden");
    expect([anonymous.status, anonymous.json]).toEqual([
      401, { code: "42501", details: null, hint: anonymous.json.hint, message: "permission denied for table contract_hidden" },
    ]);
    expect(anonymous.headers.get("WWW-Authenticate")).toBe("Bearer");
    const user = await ask("/contract_hidden", { token: tokenOf(target, { sub: ALICE }) });
    expect([user.status, user.json.code]).toEqual([403, "42501"]);
  });

  test("row level security goes by the claims", async () => {
    const [alice, bob] = [tokenOf(target, { sub: ALICE }), tokenOf(target, { sub: BOB })];
    const bodies = async (token: string | undefined): Promise<unknown> => {
      const { json } = await ask("/contract_notes?select=body&order=id", token === undefined ? {} : { token });
      return json.map((row: { body: string }) => row.body);
    };
    expect(await bodies(alice)).toEqual(["of alice"]);
    expect(await bodies(bob)).toEqual(["of bob"]);
    expect(await bodies(undefined)).toEqual([]);
    expect(await bodies(target.serviceRoleKey)).toEqual(["of alice", "of bob"]);
    expect((await ask("/contract_notes", { body: { body: "mine" }, token: alice })).status).toBe(201);
    const forged = await ask("/contract_notes", { body: { body: "forged", owner: BOB }, token: alice });
    expect([forged.status, forged.json.code]).toEqual([403, "42501"]);
    expect((await ask("/contract_notes?body=eq.of%20bob", { method: "DELETE", token: alice, prefer: "return=representation" })).json).toEqual([]);
    expect(await bodies(bob)).toEqual(["of bob"]);
  });

  test("23514 is 400", async () => {
    const { status, json } = await ask("/contract_notes", { body: { body: "forbidden" }, token: tokenOf(target, { sub: ALICE }) });
    expect([status, json.code]).toEqual([400, "23514"]);
  });
}

function protocolTests(ask: Client): void {
  test("a schema that is not exposed is PGRST106, 406", async () => {
    const { status, json } = await ask("/contract_clients", { headers: { "Accept-Profile": "pg_catalog" } });
    expect([status, json.code, json.message]).toEqual([406, "PGRST106", "Invalid schema: pg_catalog"]);
    expect(json.hint).toMatch(/^Only the following schemas are exposed: public/);
    const write = await ask("/contract_clients", { body: { name: "x" }, headers: { "Content-Profile": "pg_catalog" } });
    expect([write.status, write.json.code]).toEqual([406, "PGRST106"]);
  });

  test("OPTIONS says what can be done; a method that is none is PGRST117", async () => {
    const allow = async (path: string): Promise<string | null> => (await ask(path, { method: "OPTIONS" })).headers.get("Allow");
    expect(await allow("/contract_clients")).toBe("OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE");
    expect(await allow("/rpc/contract_touch")).toBe("OPTIONS,POST");
    expect(await allow("/")).toBe("OPTIONS,GET,HEAD");
    const post = await ask("/", { body: {} });
    expect([post.status, post.json.code, post.json.message]).toEqual([405, "PGRST117", "Unsupported HTTP method: POST"]);
  });

  test("CORS: a preflight needs no token", async () => {
    const { status, headers } = await ask("/contract_clients", {
      method: "OPTIONS", token: null,
      headers: { Origin: "http://example.com", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Foo,Bar" },
    });
    expect([status, headers.get("Access-Control-Allow-Origin"), headers.get("Access-Control-Max-Age")]).toEqual([200, "*", "86400"]);
    expect(headers.get("Access-Control-Allow-Methods")).toBe("GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD");
    expect(headers.get("Access-Control-Allow-Headers")).toBe("Authorization, Foo, Bar, Accept, Accept-Language, Content-Language");
    const get = await ask("/contract_clients", { headers: { Origin: "http://example.com" } });
    expect(get.headers.get("Access-Control-Expose-Headers")).toContain("Content-Range");
  });

  test("/ lists as OpenAPI what the role may see", async () => {
    const { status, json, headers } = await ask("/");
    expect([status, json.swagger, headers.get("Content-Type")]).toEqual([200, "2.0", "application/openapi+json; charset=utf-8"]);
    expect(Object.keys(json.paths)).toEqual(expect.arrayContaining(["/contract_clients", "/contract_project_names", "/rpc/contract_add"]));
    expect(json.paths["/contract_hidden"]).toBeUndefined();
    expect(json.definitions.contract_clients.properties.id).toMatchObject({ type: "integer", format: "int32", description: "Note:\nThis is a Primary Key.<pk/>" });
    expect(json.definitions.contract_clients.required).toEqual(["id", "name"]);
    const bad = await ask("/", { headers: { Accept: "text/csv" } });
    expect([bad.status, bad.json.code]).toEqual([406, "PGRST107"]);
  });
}

function reloadTests(ask: Client, target: RestTarget): void {
  test("NOTIFY pgrst makes a new table known", async () => {
    await target.sql("create table public.contract_later (id int)");
    expect((await ask("/contract_later")).json.code).toBe("PGRST205");
    await target.sql("grant select on public.contract_later to authenticated; notify pgrst, 'reload schema'");
    const token = tokenOf(target, { sub: ALICE });
    await until(async () => (await ask("/contract_later", { token })).status === 200, "the new table is served");
    await target.sql("drop table public.contract_later; notify pgrst");
    await until(async () => (await ask("/contract_later", { token })).json.code === "PGRST205", "the dropped table is forgotten");
  });
}

export function authContract(ask: Client, target: RestTarget): void {
  tokenTests(ask, target);
  rightTests(ask, target);
  protocolTests(ask);
  reloadTests(ask, target);
}
