import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PASSWORD, assertError, call, claims, newEmail, signUp, type AuthTarget, type ContractCase } from "./authClient.ts";

export function linkCases(target: () => AuthTarget): ContractCase[] {
  return [
    { name: "POST /recover, /otp, /magiclink, /resend: {} whoever asks, at most once a minute", run: () => askForMail(target()) },
    { name: "POST /otp makes a user unless create_user is false", run: () => otp(target()) },
    { name: "POST /admin/generate_link: its hash and its code sign in, once", run: () => generatedLink(target()) },
    { name: "GET /verify redirects with tokens to an allowed place, else to the site", run: () => verifyRedirect(target()) },
    { name: "GET /verify redirects with the error", run: () => verifyError(target()) },
    { name: "POST /verify: what it refuses", run: () => verifyRefused(target()) },
    { name: "PKCE: a code for the challenge, exchanged once with the verifier", run: () => pkce(target()) },
    { name: "POST /invite: a user without password, who verifies and is in", run: () => invite(target()) },
    { name: "POST /admin/generate_link: unknown types and users", run: () => linkRefused(target()) },
  ];
}

const nothing = { status: 200, body: {} };

async function post(target: AuthTarget, path: string, json: unknown) {
  const { status, body } = await call(target, "POST", path, { json });
  return { status, body };
}

export function generateLink(target: AuthTarget, json: object) {
  return call(target, "POST", "/admin/generate_link", { token: target.serviceRoleKey, json });
}

async function askForMail(target: AuthTarget) {
  const nobody = newEmail();
  assert.deepEqual(await post(target, "/recover", { email: nobody }), nothing);
  assert.deepEqual(await post(target, "/resend", { type: "signup", email: nobody }), nothing);
  const { email } = await signUp(target);
  assert.deepEqual(await post(target, "/resend", { type: "signup", email }), nothing);
  assert.deepEqual(await post(target, "/recover", { email }), nothing);
  for (const path of ["/recover", "/otp", "/magiclink"]) {
    const again = await post(target, path, { email });
    assert.deepEqual([again.status, again.body.error_code], [429, "over_email_send_rate_limit"]);
    assert.match(again.body.msg, /^For security purposes, you can only request this after \d\d seconds\.$/);
  }
  const noType = "Missing one of these types: signup, email_change, sms, phone_change";
  assertError(await call(target, "POST", "/resend", { json: { email } }), 400, "validation_failed", noType);
  assertError(await call(target, "POST", "/recover", { json: {} }), 400, "validation_failed", "Password recovery requires an email");
}

async function otp(target: AuthTarget) {
  const email = newEmail();
  const refused = await call(target, "POST", "/otp", { json: { email, create_user: false } });
  assertError(refused, 422, "otp_disabled", "Signups not allowed for otp");
  const made = await call(target, "POST", "/otp", { json: { email, data: { a: 1 } } });
  assert.deepEqual([made.status, made.body, made.headers.get("sb-auth-user-id")], [200, {}, null]);
  assertError(await call(target, "POST", "/otp", { json: {} }), 400, "validation_failed", "One of email or phone must be set");
  const { body } = await call(target, "GET", `/admin/users?filter=${email}`, { token: target.serviceRoleKey });
  assert.deepEqual([body.users.length, body.users[0].user_metadata.a, typeof body.users[0].recovery_sent_at], [1, 1, "string"]);
}

async function generatedLink(target: AuthTarget) {
  const { email, id } = await signUp(target);
  const made = await generateLink(target, { type: "magiclink", email, redirect_to: "https://app.example.com/in/side" });
  assert.deepEqual([made.status, made.body.id, made.body.verification_type], [200, id, "magiclink"]);
  const { hashed_token: hash, email_otp: code, redirect_to: redirect, action_link: link } = made.body;
  assert.equal(hash, createHash("sha224").update(email + code).digest("hex"));
  assert.match(code, /^\d{6}$/);
  assert.equal(redirect, "https://app.example.com/in/side");
  assert.ok(link.endsWith(`/verify?token=${hash}&type=magiclink&redirect_to=https://app.example.com/in/side`), link);
  const byHash = await call(target, "POST", "/verify", { json: { type: "magiclink", token_hash: hash } });
  assert.deepEqual([byHash.status, byHash.body.user.id, claims(byHash.body.access_token).amr[0].method], [200, id, "otp"]);
  const again = await call(target, "POST", "/verify", { json: { type: "magiclink", token_hash: hash } });
  assertError(again, 403, "otp_expired", "Email link is invalid or has expired");
  const other = (await generateLink(target, { type: "recovery", email })).body;
  const byCode = await call(target, "POST", "/verify", { json: { type: "recovery", token: other.email_otp, email } });
  assert.equal(byCode.status, 200);
  const third = (await generateLink(target, { type: "magiclink", email })).body;
  const generic = await call(target, "POST", "/verify", { json: { type: "email", token: third.email_otp, email } });
  assert.deepEqual([generic.status, generic.body.user.id], [200, id]);
}

async function verifyRedirect(target: AuthTarget) {
  const { email, id } = await signUp(target);
  const open = async (redirect_to: string) => {
    const { hashed_token: hash } = (await generateLink(target, { type: "recovery", email })).body;
    const answer = await call(target, "GET", `/verify?token=${hash}&type=recovery&redirect_to=${encodeURIComponent(redirect_to)}`);
    assert.equal(answer.status, 303);
    return answer.headers.get("location")!;
  };
  const [place, fragment] = (await open("https://app.example.com/reset/x")).split("#");
  assert.equal(place, "https://app.example.com/reset/x");
  const values = new URLSearchParams(fragment);
  assert.deepEqual([...values.keys()].sort(), ["access_token", "expires_at", "expires_in", "refresh_token", "sb", "token_type", "type"]);
  assert.deepEqual([claims(values.get("access_token")!).sub, values.get("type"), values.get("expires_in")], [id, "recovery", "3600"]);
  assert.ok((await open("https://evil.example.org/")).startsWith("http://localhost:3000#access_token="));
  assert.ok((await open("http://localhost:3000/own/page")).startsWith("http://localhost:3000/own/page#"));
}

async function verifyError(target: AuthTarget) {
  const answer = await call(target, "GET", "/verify?type=signup&token=abc");
  assert.equal(answer.status, 303);
  const problem = "error=access_denied&error_code=otp_expired&error_description=Email+link+is+invalid+or+has+expired";
  assert.equal(answer.headers.get("location"), `http://localhost:3000#${problem}&sb=`);
  const pkceAnswer = await call(target, "GET", "/verify?type=signup&token=pkce_abc");
  assert.equal(pkceAnswer.headers.get("location"), `http://localhost:3000?${problem}#${problem}&sb=`);
  assertError(await call(target, "GET", "/verify?token=abc"), 400, "validation_failed", "Verify requires a verification type");
}

async function verifyRefused(target: AuthTarget) {
  const verify = (json: object) => call(target, "POST", "/verify", { json });
  assertError(await verify({}), 400, "validation_failed", "Verify requires a verification type");
  assertError(await verify({ type: "signup" }), 400, "validation_failed", "Verify requires either a token or a token hash");
  const mixed = { type: "signup", token_hash: "x", email: newEmail() };
  assertError(await verify(mixed), 400, "validation_failed", "Only the token_hash and type should be provided");
  assertError(await verify({ type: "zzz", token_hash: "x" }), 400, "validation_failed", "Invalid email verification type");
  const { email } = await signUp(target);
  assertError(await verify({ type: "email", token: "123456", email }), 403, "otp_expired", "Token has expired or is invalid");
  assertError(await verify({ type: "email", token: "123456", email: "bad" }), 422, "validation_failed", "Invalid email format");
}

async function pkce(target: AuthTarget) {
  const verifier = "v".repeat(50);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const half = await call(target, "POST", "/recover", { json: { email: newEmail(), code_challenge: challenge } });
  assertError(half, 400, "validation_failed", "PKCE flow requires code_challenge_method and code_challenge");
  const exchange = (auth_code: string, code_verifier: string) =>
    call(target, "POST", "/token?grant_type=pkce", { json: { auth_code, code_verifier } });
  const none = await exchange(crypto.randomUUID(), verifier);
  assertError(none, 404, "flow_state_not_found", "invalid flow state, no valid flow state found");
  const empty = "invalid request: both auth code and code verifier should be non-empty";
  assertError(await exchange("", verifier), 400, "validation_failed", empty);
  const { email } = await signUp(target);
  const asked = await call(target, "POST", "/recover", { json: { email, code_challenge: challenge, code_challenge_method: "s256" } });
  assert.deepEqual([asked.status, asked.body], [200, {}]);
}

async function invite(target: AuthTarget) {
  const email = newEmail();
  const sent = await call(target, "POST", "/invite", { token: target.serviceRoleKey, json: { email, data: { team: "x" } } });
  assert.deepEqual([sent.status, sent.body.email, sent.body.user_metadata], [200, email, { team: "x" }]);
  assert.ok(Date.parse(sent.body.invited_at) && sent.body.email_confirmed_at === undefined);
  const { hashed_token: token_hash } = (await generateLink(target, { type: "invite", email })).body;
  const entered = await call(target, "POST", "/verify", { json: { type: "invite", token_hash } });
  assert.deepEqual([entered.status, entered.body.user.email], [200, email]);
  assert.equal(entered.body.user.identities[0].identity_data.email_verified, true);
  const { id } = await signUp(target);
  const { body } = await call(target, "GET", `/admin/users/${id}`, { token: target.serviceRoleKey });
  const taken = await generateLink(target, { type: "invite", email: body.email });
  assertError(taken, 422, "email_exists", "A user with this email address has already been registered");
}

async function linkRefused(target: AuthTarget) {
  const { email } = await signUp(target);
  const unknown = await generateLink(target, { type: "zzz", email });
  assertError(unknown, 400, "validation_failed", "Invalid email action link type requested: zzz");
  const nobody = await generateLink(target, { type: "recovery", email: newEmail() });
  assertError(nobody, 404, "user_not_found", "User with this email not found");
  const made = await generateLink(target, { type: "signup", email: newEmail(), password: PASSWORD, data: { a: 1 } });
  assert.deepEqual([made.status, made.body.verification_type, made.body.user_metadata], [200, "signup", { a: 1 }]);
}
