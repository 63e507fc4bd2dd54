import { generateKeyPairSync } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import jsonwebtoken from "jsonwebtoken";
import { call, header, newEmail, PASSWORD, signUp } from "../../../lab/standins/contract/authClient.ts";
import { prepareDatabase, spawnAuth, startAuth, type AuthProcess } from "../../../lab/standins/contract/authProcess.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";

jest.setTimeout(60_000);

let postgres: TemporaryPostgres;
let url: string;
const running: AuthProcess[] = [];

async function start(variables: Record<string, string | undefined> = {}): Promise<AuthProcess> {
  const auth = await startAuth({ GOTRUE_DB_DATABASE_URL: url, ...variables });
  running.push(auth);
  return auth;
}

/** The last line of a start that must fail, and its exit code. */
async function refusal(variables: Record<string, string | undefined>): Promise<{ code: number | null; level: string; msg: string }> {
  const auth = await spawnAuth({ GOTRUE_DB_DATABASE_URL: url, ...variables });
  // In case that it does start.
  running.push(auth);
  const code = await auth.exited;
  const { level, msg } = JSON.parse(auth.log().trim().split("\n").at(-1)!);
  return { code, level, msg };
}

beforeAll(async () => {
  postgres = await startPostgres();
  url = await prepareDatabase(postgres);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((auth) => auth.stop()));
});

afterAll(() => postgres?.stop());

describe("a start", () => {
  test.each([
    ["API_EXTERNAL_URL", "API_EXTERNAL_URL"],
    ["GOTRUE_DB_DRIVER", "GOTRUE_DB_DRIVER"],
    ["GOTRUE_DB_DATABASE_URL", "DATABASE_URL"],
    ["GOTRUE_SITE_URL", "GOTRUE_SITE_URL"],
    ["GOTRUE_JWT_SECRET", "GOTRUE_JWT_SECRET"],
  ])("without %s ends with upstream's words", async (variable, named) => {
    const msg = `Failed to load configuration: required key ${named} missing value`;
    expect(await refusal({ [variable]: undefined })).toEqual({ code: 1, level: "fatal", msg });
  });

  test("with a value of the wrong type ends", async () => {
    const { code, msg } = await refusal({ GOTRUE_DISABLE_SIGNUP: "maybe" });
    expect(code).toBe(1);
    expect(msg).toContain("assigning GOTRUE_DISABLE_SIGNUP: converting 'maybe' to type bool");
  });

  test("with what this stand-in lacks, and nobody would see, ends and names itself", async () => {
    const { code, msg } = await refusal({ GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_ENABLED: "true" });
    expect(code).toBe(1);
    expect(msg).toContain("lab-auth is a stand-in and lacks GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_ENABLED=true");
  });

  test("without database ends", async () => {
    const { code, msg } = await refusal({ GOTRUE_DB_DATABASE_URL: "postgres://a:b@127.0.0.1:1/c" });
    expect([code, msg]).toEqual([1, "running db migrations: connect ECONNREFUSED 127.0.0.1:1"]);
  });

  test("with a wrong password ends and does not show it", async () => {
    const auth = await spawnAuth({ GOTRUE_DB_DATABASE_URL: url.replace(/:[^:@/]+@/, ":not-the-password@") });
    expect(await auth.exited).toBe(1);
    expect(auth.log()).toContain("password authentication failed");
    expect(auth.log()).not.toContain("not-the-password");
  });

  test("names itself, and the variables that it does not know, without their values", async () => {
    const auth = await start({ GOTRUE_TYPO: "value-a", GOTRUE_SMTP_PASS: "value-b" });
    const health = await call(auth.target, "GET", "/health");
    expect(health.headers.get("x-lab-stand-in")).toBe("auth");
    expect(health.body).toMatchObject({ name: "GoTrue", version: expect.stringContaining("lab"), description: expect.stringContaining("stand-in") });
    const lines = auth.log().trim().split("\n").map((line) => JSON.parse(line));
    expect(lines.find(({ msg }) => msg.includes("does not know")).variables).toEqual(["GOTRUE_TYPO"]);
    expect(lines.find(({ msg }) => msg.includes("no effect")).variables).toEqual(["GOTRUE_SMTP_PASS"]);
    expect(auth.log()).toContain("a stand-in for GoTrue, not GoTrue");
    expect(auth.log()).not.toMatch(/value-[ab]/);
  });

  test("migrates once", async () => {
    await (await start()).stop();
    const again = await start();
    expect(again.log()).toContain('{"count":0,"level":"info","msg":"GoTrue migrations applied successfully"');
  });
});

describe("an end", () => {
  test("comes after the requests under way, with code 0", async () => {
    const auth = await start();
    // bcrypt keeps this one busy while the signal arrives.
    const answer = call(auth.target, "POST", "/signup", { json: { email: newEmail(), password: PASSWORD } });
    await sleep(20);
    const code = auth.stop();
    expect((await answer).status).toBe(200);
    expect(await code).toBe(0);
  });

  test("idle connections stay open until then", async () => {
    const auth = await start();
    const { port } = new URL(auth.target.baseUrl);
    const socket = connect(Number(port), "127.0.0.1");
    const answers: string[] = [];
    let closed = false;
    socket.on("data", (chunk) => answers.push(chunk.toString())).on("close", () => (closed = true));
    const ask = () => socket.write("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    ask();
    // Node's own keep-alive would have ended it after 5 s.
    await sleep(6500);
    expect(closed).toBe(false);
    ask();
    while (answers.length < 2) await sleep(20);
    expect(answers[1]).toContain("200 OK");
    expect(answers[1]).not.toMatch(/keep-alive: timeout/i);
    await auth.stop();
    expect(closed).toBe(true);
  });
});

test("a restart of Postgres is survived", async () => {
  const auth = await start();
  await signUp(auth.target);
  await postgres.restart(100);
  await signUp(auth.target);
});

test("the pool stays within GOTRUE_DB_MAX_POOL_SIZE", async () => {
  const auth = await start({ GOTRUE_DB_MAX_POOL_SIZE: "2" });
  const users = "select count(*)::int as n from pg_stat_activity where usename = 'blog_auth_admin'";
  const admin = { token: auth.target.serviceRoleKey };
  let done = false;
  const many = Promise.all(Array.from({ length: 30 }, () => call(auth.target, "GET", "/admin/users", admin))).finally(() => (done = true));
  let most = 0;
  while (!done) most = Math.max(most, ((await postgres.sql(users))[0] as { n: number }).n);
  expect((await many).every(({ status }) => status === 200)).toBe(true);
  expect(most).toBe(2);
});

test("GOTRUE_JWT_KEYS signs with ES256; the old secret still verifies, and only the public key is shown", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const es = { ...privateKey.export({ format: "jwk" }), kid: "es-1", alg: "ES256", use: "sig", key_ops: ["sign", "verify"] };
  const secret = "a secret of at least thirty-two characters";
  const oct = { kty: "oct", k: Buffer.from(secret).toString("base64url"), alg: "HS256", kid: "hs-1", key_ops: ["verify"] };
  const { target } = await start({ GOTRUE_JWT_KEYS: JSON.stringify([es, oct]) });
  const { access } = await signUp(target);
  expect(header(access)).toEqual({ alg: "ES256", typ: "JWT", kid: "es-1" });
  const { body } = await call(target, "GET", "/.well-known/jwks.json");
  expect(body.keys).toEqual([{ kty: "EC", crv: "P-256", x: es.x, y: es.y, kid: "es-1", alg: "ES256", use: "sig", key_ops: ["verify"] }]);
  expect((await call(target, "GET", "/user", { token: access })).status).toBe(200);
  expect((await call(target, "GET", "/admin/users", { token: target.serviceRoleKey })).status).toBe(200);
  const asymmetric = jsonwebtoken.sign({ role: "service_role" }, privateKey, { algorithm: "ES256", keyid: "es-1" });
  expect((await call(target, "GET", "/admin/users", { token: asymmetric })).status).toBe(200);
  const unknown = jsonwebtoken.sign({ role: "service_role" }, privateKey, { algorithm: "ES256", keyid: "es-2" });
  const refused = await call(target, "GET", "/admin/users", { token: unknown });
  expect(refused.body.msg).toContain("unrecognized JWT kid es-2 for algorithm ES256");
});

test("a provider that is on is redirected to, with its own redirect address and a state", async () => {
  const github = { ENABLED: "true", CLIENT_ID: "id", SECRET: "s", REDIRECT_URI: "https://blog.example.com/auth/v1/callback" };
  const variables = Object.entries(github).map(([name, value]) => [`GOTRUE_EXTERNAL_GITHUB_${name}`, value]);
  const { target } = await start(Object.fromEntries(variables));
  const { status, headers } = await call(target, "GET", "/authorize?provider=github&redirect_to=http://localhost:3000/x");
  expect(status).toBe(302);
  const location = new URL(headers.get("location")!);
  expect(location.origin + location.pathname).toBe("https://github.com/login/oauth/authorize");
  const { state, ...rest } = Object.fromEntries(location.searchParams);
  const expected = { client_id: "id", redirect_uri: github.REDIRECT_URI, response_type: "code", scope: "user:email" };
  expect(rest).toMatchObject(expected);
  const [flow] = await postgres.sql("select provider_type, referrer from auth.flow_state where id = $1", [state]);
  expect(flow).toEqual({ provider_type: "github", referrer: "http://localhost:3000/x" });
  expect((await call(target, "GET", "/settings")).body.external.github).toBe(true);
});

test("closed sign-up refuses everybody but the administrator", async () => {
  const { target } = await start({ GOTRUE_DISABLE_SIGNUP: "true" });
  const refused = { code: 422, error_code: "signup_disabled", msg: "Signups not allowed for this instance" };
  const post = (path: string, json: object) => call(target, "POST", path, { json }).then(({ body }) => body);
  expect(await post("/signup", { email: newEmail(), password: PASSWORD })).toEqual(refused);
  expect(await post("/signup", {})).toEqual(refused);
  expect(await post("/otp", { email: newEmail() })).toEqual(refused);
  const made = await call(target, "POST", "/admin/users", { token: target.serviceRoleKey, json: { email: newEmail() } });
  expect(made.status).toBe(200);
});

test("with a mail server a mail fails as upstream's, nothing stays, and the log says that this is a lack", async () => {
  const auth = await start({ GOTRUE_MAILER_AUTOCONFIRM: "false", GOTRUE_SMTP_HOST: "127.0.0.1" });
  const email = newEmail();
  const { status, body } = await call(auth.target, "POST", "/signup", { json: { email, password: PASSWORD } });
  expect([status, body.error_code, body.msg]).toEqual([500, "unexpected_failure", "Error sending confirmation email"]);
  expect(await postgres.sql("select from auth.users where email = $1", [email])).toEqual([]);
  expect(auth.log()).toContain("lab-auth lacks SMTP");
});

test("what upstream has and this lacks answers 501 with its own name, behind upstream's guards", async () => {
  const { target } = await start();
  const { access } = await signUp(target);
  const unauthorized = await call(target, "POST", "/factors", { json: {} });
  expect(unauthorized.status).toBe(401);
  const { status, body } = await call(target, "POST", "/factors", { token: access, json: {} });
  expect([status, body.error_code, body.msg]).toEqual([501, "not_implemented", "lab-auth, a stand-in for GoTrue, lacks POST /factors"]);
  expect((await call(target, "GET", "/callback")).status).toBe(501);
});
