import assert from "node:assert/strict";
import jsonwebtoken from "jsonwebtoken";
import { assertError, call, newEmail, type AuthTarget, type ContractCase } from "./authClient.ts";

const BAD_JWT = "invalid JWT: unable to parse or verify signature, ";

export function httpCases(target: () => AuthTarget): ContractCase[] {
  return [
    { name: "GET /health names GoTrue", run: () => health(target()) },
    { name: "GET /settings shows what is switched on", run: () => settings(target()) },
    { name: "an unknown path is a 404 of plain text", run: () => unknownPath(target()) },
    { name: "a wrong method is a 405 with Allow", run: () => wrongMethod(target()) },
    { name: "CORS: every origin, credentials, named headers; apikey is refused", run: () => cors(target()) },
    { name: "a body: JSON, not a form, fields of the right type, at most 1 MiB", run: () => bodies(target()) },
    { name: "a dated X-Supabase-Api-Version changes the shape of errors", run: () => dated(target()) },
    { name: "a missing, broken, expired, foreign or unsigned token", run: () => tokens(target()) },
    { name: "admin routes take the service role, not anon", run: () => adminOnly(target()) },
    { name: "features that are off say so", run: () => disabled(target()) },
    { name: "a weak password lists its reasons in both shapes", run: () => weak(target()) },
    { name: "GET /.well-known/jwks.json shows no symmetric key", run: () => jwks(target()) },
    { name: "GET /authorize refuses providers that are off or unknown", run: () => authorize(target()) },
  ];
}

async function health(target: AuthTarget) {
  const { status, body } = await call(target, "GET", "/health");
  assert.equal(status, 200);
  assert.equal(body.name, "GoTrue");
  assert.deepEqual(Object.keys(body), ["version", "name", "description"]);
}

async function settings(target: AuthTarget) {
  const { status, body } = await call(target, "GET", "/settings");
  assert.equal(status, 200);
  assert.equal(body.external.email, true);
  assert.equal(body.external.anonymous_users, true);
  assert.equal(body.external.phone, false);
  assert.equal(Object.keys(body.external).length, 26);
  assert.equal(body.mailer_autoconfirm, true);
  assert.equal(body.disable_signup, false);
  assert.deepEqual([body.saml_enabled, body.passkeys_enabled, body.sms_provider, body.phone_autoconfirm], [false, false, "", false]);
}

async function unknownPath(target: AuthTarget) {
  const answer = await call(target, "GET", "/nope");
  assert.deepEqual([answer.status, answer.body], [404, "404 page not found\n"]);
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
}

async function wrongMethod(target: AuthTarget) {
  const answer = await call(target, "GET", "/token");
  assert.deepEqual([answer.status, answer.headers.get("allow"), answer.body], [405, "POST", ""]);
}

async function cors(target: AuthTarget) {
  const preflight = (headers: string) =>
    call(target, "OPTIONS", "/token", {
      headers: { Origin: "https://a.example.com", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers },
    });
  const allowed = await preflight("authorization,content-type,x-client-info,x-supabase-api-version");
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "*");
  assert.equal(allowed.headers.get("access-control-allow-methods"), "POST");
  assert.equal(allowed.headers.get("access-control-allow-credentials"), "true");
  const refused = await preflight("apikey");
  assert.deepEqual([refused.status, refused.headers.get("access-control-allow-origin")], [204, null]);
  const plain = await call(target, "GET", "/settings", { headers: { Origin: "https://a.example.com" } });
  assert.equal(plain.headers.get("access-control-allow-origin"), "*");
  assert.equal(plain.headers.get("access-control-expose-headers"), "X-Total-Count, Link, X-Supabase-Api-Version");
  assert.equal(plain.headers.get("vary"), "Origin");
}

async function bodies(target: AuthTarget) {
  const path = "/token?grant_type=password";
  const unreadable = "Could not parse request body as JSON: ";
  assertError(await call(target, "POST", path), 400, "bad_json", `${unreadable}unexpected end of JSON input`);
  const form = { text: '{"email":"a@example.com"}', headers: { "Content-Type": "application/x-www-form-urlencoded" } };
  assertError(await call(target, "POST", path, form), 400, "bad_json", `${unreadable}unexpected end of JSON input`);
  const wrongType = await call(target, "POST", path, { json: { email: 5 } });
  assert.deepEqual([wrongType.status, wrongType.body.error_code], [400, "bad_json"]);
  assertError(await call(target, "POST", path, { json: {} }), 400, "validation_failed", "missing email or phone");
  assertError(await call(target, "POST", "/token", { json: {} }), 400, "invalid_credentials", "unsupported_grant_type");
  const large = await call(target, "POST", "/signup", { json: { email: newEmail(), password: "x".repeat(2 ** 20) } });
  assertError(large, 413, "request_entity_too_large", "Request body too large (max 1048576 bytes)");
}

async function dated(target: AuthTarget) {
  const message = "This endpoint requires a valid Bearer token";
  const answer = await call(target, "GET", "/user", { headers: { "X-Supabase-Api-Version": "2024-06-01" } });
  assert.deepEqual([answer.status, answer.body], [401, { code: "no_authorization", message }]);
  assert.equal(answer.headers.get("x-supabase-api-version"), "2024-01-01");
  const old = await call(target, "GET", "/user", { headers: { "X-Supabase-Api-Version": "2023-01-01" } });
  assertError(old, 401, "no_authorization", message);
}

async function tokens(target: AuthTarget) {
  const get = (token: string) => call(target, "GET", "/user", { token });
  const sign = (payload: object, secret = target.jwtSecret) => jsonwebtoken.sign(payload, secret);
  assertError(await call(target, "GET", "/user"), 401, "no_authorization", "This endpoint requires a valid Bearer token");
  assertError(await get("x"), 403, "bad_jwt", `${BAD_JWT}token is malformed: token contains an invalid number of segments`);
  assertError(await get(sign({ sub: "x", exp: 5 })), 403, "bad_jwt", `${BAD_JWT}token has invalid claims: token is expired`);
  assertError(await get(sign({ sub: "x" }, "another secret")), 403, "bad_jwt", `${BAD_JWT}token signature is invalid: signature is invalid`);
  const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`;
  assertError(await get(none), 403, "bad_jwt", `${BAD_JWT}token signature is invalid: signing method none is invalid`);
  assertError(await get(target.serviceRoleKey), 403, "bad_jwt", "invalid claim: missing sub claim");
  assertError(await get(sign({ sub: "x" })), 400, "bad_jwt", "invalid claim: sub claim must be a UUID");
  const nobody = sign({ sub: "11111111-1111-4111-8111-111111111111", aud: "authenticated", role: "authenticated" });
  assertError(await get(nobody), 403, "user_not_found", "User from sub claim in JWT does not exist");
}

async function adminOnly(target: AuthTarget) {
  const get = (token?: string) => call(target, "GET", "/admin/users", token ? { token } : {});
  assertError(await get(), 401, "no_authorization", "This endpoint requires a valid Bearer token");
  assertError(await get(target.anonKey), 403, "not_admin", "User not allowed");
  assert.equal((await get(target.serviceRoleKey)).status, 200);
  assertError(await call(target, "GET", "/admin/nope"), 401, "no_authorization", "This endpoint requires a valid Bearer token");
  const unknown = await call(target, "GET", "/admin/nope", { token: target.serviceRoleKey });
  assert.deepEqual([unknown.status, unknown.body], [404, "404 page not found\n"]);
}

async function disabled(target: AuthTarget) {
  const get = (path: string) => call(target, "GET", path);
  assertError(await get("/sso"), 404, "saml_provider_disabled", "SAML 2.0 is disabled");
  assertError(await get("/passkeys"), 404, "passkey_disabled", "Passkeys are disabled");
  assertError(await get("/oauth/authorize"), 404, "feature_disabled", "OAuth server is disabled");
  assertError(await get("/scim/v2/Schemas"), 404, "feature_disabled", "SCIM server is disabled");
  const phone = { json: { phone: "+4915112345678", password: "secret 123" } };
  assertError(await call(target, "POST", "/signup", phone), 400, "phone_provider_disabled", "Phone signups are disabled");
  assertError(await call(target, "POST", "/otp", { json: { phone: "+4915112345678" } }), 400, "phone_provider_disabled", "Unsupported phone provider");
}

async function weak(target: AuthTarget) {
  const json = { email: newEmail(), password: "x" };
  const message = "Password should be at least 6 characters.";
  const weak_password = { reasons: ["length"] };
  const answer = await call(target, "POST", "/signup", { json });
  assert.deepEqual([answer.status, answer.body], [422, { code: 422, error_code: "weak_password", msg: message, weak_password }]);
  assert.equal(answer.headers.get("x-sb-error-code"), "weak_password");
  const newer = await call(target, "POST", "/signup", { json, headers: { "X-Supabase-Api-Version": "2024-01-01" } });
  assert.deepEqual([newer.status, newer.body], [422, { code: "weak_password", message, weak_password }]);
  const long = await call(target, "POST", "/signup", { json: { ...json, password: "x".repeat(73) } });
  assertError(long, 400, "validation_failed", "Password cannot be longer than 72 characters");
}

async function jwks(target: AuthTarget) {
  const answer = await call(target, "GET", "/.well-known/jwks.json");
  assert.deepEqual([answer.status, answer.body], [200, { keys: [] }]);
  assert.equal(answer.headers.get("cache-control"), "public, max-age=600");
}

async function authorize(target: AuthTarget) {
  const get = (provider: string) => call(target, "GET", `/authorize?provider=${provider}`);
  assertError(await get("gitlab"), 400, "validation_failed", "Unsupported provider: provider is not enabled");
  assertError(await get("zzz"), 400, "validation_failed", "Unsupported provider: Provider zzz could not be found");
}
