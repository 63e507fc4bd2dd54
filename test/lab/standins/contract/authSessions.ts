import assert from "node:assert/strict";
import jsonwebtoken from "jsonwebtoken";
import { PASSWORD, assertError, call, claims, header, newEmail, signUp, type AuthTarget, type ContractCase } from "./authClient.ts";

export function sessionCases(target: () => AuthTarget): ContractCase[] {
  return [
    { name: "POST /signup: a session, upstream's claims, the user with its identity", run: () => signUpAnswer(target()) },
    { name: "POST /signup: an address that is taken, in other letters, or is none", run: () => signUpRefused(target()) },
    { name: "POST /signup without address: an anonymous user, who may take an address", run: () => anonymous(target()) },
    { name: "grant_type=password: right, wrong, nobody", run: () => passwordGrant(target()) },
    { name: "grant_type=refresh_token: rotates, gives a lost answer again, ends a stolen family", run: () => rotation(target()) },
    { name: "grant_type=refresh_token: unknown and ill-formed tokens", run: () => badRefresh(target()) },
    { name: "two refreshes at once both get the same new token", run: () => concurrentRefresh(target()) },
    { name: "GET /user: the user; 403 session_not_found when the session is gone", run: () => sessionGone(target()) },
    { name: "POST /logout: local, others, global, and nothing else", run: () => logoutScopes(target()) },
    { name: "PUT /user: data, password, and what it refuses", run: () => updateUser(target()) },
  ];
}

async function signUpAnswer(target: AuthTarget) {
  const started = Math.floor(Date.now() / 1000) - 1;
  const { email, id, access, session, body } = await signUp(target, { full_name: "Ann" });
  assert.deepEqual(Object.keys(body), ["access_token", "token_type", "expires_in", "expires_at", "refresh_token", "user"]);
  assert.deepEqual([body.token_type, body.expires_in], ["bearer", 3600]);
  assert.match(body.refresh_token, /^[a-z0-9]{12}$/);
  const verified = jsonwebtoken.verify(access, target.jwtSecret, { algorithms: ["HS256"] });
  const { iss, iat, exp, amr, ...rest } = verified as any;
  assert.ok(iat >= started && exp === iat + 3600 && exp === body.expires_at && typeof iss === "string");
  assert.deepEqual([amr.length, amr[0].method, typeof amr[0].timestamp], [1, "password", "number"]);
  const user_metadata = { email, email_verified: true, full_name: "Ann", phone_verified: false, sub: id };
  const app_metadata = { provider: "email", providers: ["email"] };
  assert.deepEqual(rest, {
    sub: id, aud: "authenticated", email, phone: "", app_metadata, user_metadata,
    role: "authenticated", aal: "aal1", session_id: session, is_anonymous: false,
  });
  assert.deepEqual(header(access), { alg: "HS256", typ: "JWT" });
  const { user } = body;
  assert.deepEqual([user.id, user.aud, user.role, user.email, user.phone], [id, "authenticated", "authenticated", email, ""]);
  assert.deepEqual([user.app_metadata, user.user_metadata, user.is_anonymous], [app_metadata, user_metadata, false]);
  assert.ok(Date.parse(user.email_confirmed_at) && Date.parse(user.last_sign_in_at) && Date.parse(user.created_at));
  assert.equal(user.identities.length, 1);
  const [identity] = user.identities;
  assert.deepEqual([identity.id, identity.user_id, identity.provider, identity.email], [id, id, "email", email]);
}

async function signUpRefused(target: AuthTarget) {
  const { email } = await signUp(target);
  const again = (address: string) => call(target, "POST", "/signup", { json: { email: address, password: PASSWORD } });
  assertError(await again(email.toUpperCase()), 422, "user_already_exists", "User already registered");
  assertError(await again("bad"), 400, "validation_failed", "Unable to validate email address: invalid format");
  assertError(await call(target, "POST", "/signup", { json: { email } }), 400, "validation_failed", "Signup requires a valid password");
}

async function anonymous(target: AuthTarget) {
  const answer = await call(target, "POST", "/signup", { json: { data: { theme: "dark" } } });
  assert.equal(answer.status, 200);
  const { user, access_token: token } = answer.body;
  assert.deepEqual([user.is_anonymous, user.email, user.app_metadata, user.user_metadata, user.identities], [true, "", {}, { theme: "dark" }, []]);
  assert.deepEqual([claims(token).is_anonymous, claims(token).amr[0].method], [true, "anonymous"]);
  const refused = await call(target, "PUT", "/user", { token, json: { password: PASSWORD } });
  const message = "Updating password of an anonymous user without an email or phone is not allowed";
  assertError(refused, 422, "validation_failed", message);
  const email = newEmail();
  const named = await call(target, "PUT", "/user", { token, json: { email } });
  assert.deepEqual([named.status, named.body.email, named.body.is_anonymous, named.body.identities.length], [200, email, false, 1]);
}

async function passwordGrant(target: AuthTarget) {
  const { email, id } = await signUp(target);
  const grant = (json: object) => call(target, "POST", "/token?grant_type=password", { json });
  const right = await grant({ email: email.toUpperCase(), password: PASSWORD });
  assert.deepEqual([right.status, right.body.user.id, right.headers.get("sb-auth-user-id")], [200, id, id]);
  assert.equal(right.headers.get("sb-auth-session-id"), claims(right.body.access_token).session_id);
  assertError(await grant({ email, password: "wrong" }), 400, "invalid_credentials", "Invalid login credentials");
  assertError(await grant({ email: newEmail(), password: PASSWORD }), 400, "invalid_credentials", "Invalid login credentials");
}

function refresh(target: AuthTarget, refresh_token: string) {
  return call(target, "POST", "/token?grant_type=refresh_token", { json: { refresh_token } });
}

async function rotation(target: AuthTarget) {
  const first = await signUp(target);
  const second = await refresh(target, first.refresh);
  assert.deepEqual([second.status, claims(second.body.access_token).session_id], [200, first.session]);
  assert.notEqual(second.body.refresh_token, first.refresh);
  const lost = await refresh(target, first.refresh);
  assert.deepEqual([lost.status, lost.body.refresh_token], [200, second.body.refresh_token]);
  const third = await refresh(target, second.body.refresh_token);
  assert.equal(third.status, 200);
  assertError(await refresh(target, first.refresh), 400, "refresh_token_already_used", "Invalid Refresh Token: Already Used");
  assertError(await refresh(target, third.body.refresh_token), 400, "refresh_token_already_used", "Invalid Refresh Token: Already Used");
}

async function badRefresh(target: AuthTarget) {
  assertError(await refresh(target, "short"), 400, "validation_failed", "Refresh token is not valid");
  assertError(await refresh(target, "ABCDEFGHIJKL"), 400, "validation_failed", "Refresh token is not valid");
  assertError(await refresh(target, "aaaaaaaaaaaa"), 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
}

async function concurrentRefresh(target: AuthTarget) {
  const { refresh: token } = await signUp(target);
  const answers = await Promise.all([refresh(target, token), refresh(target, token), refresh(target, token)]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1);
}

async function sessionGone(target: AuthTarget) {
  const { access, refresh: token, id } = await signUp(target);
  const before = await call(target, "GET", "/user", { token: access });
  assert.deepEqual([before.status, before.body.id], [200, id]);
  const otherAudience = await call(target, "GET", "/user", { token: access, headers: { "X-JWT-AUD": "other" } });
  assertError(otherAudience, 400, "validation_failed", "Token audience doesn't match request audience");
  assert.equal((await call(target, "POST", "/logout", { token: access })).status, 204);
  const gone = "Session from session_id claim in JWT does not exist";
  assertError(await call(target, "GET", "/user", { token: access }), 403, "session_not_found", gone);
  assertError(await refresh(target, token), 400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
}

async function logoutScopes(target: AuthTarget) {
  const a = await signUp(target);
  const signIn = async () => (await call(target, "POST", "/token?grant_type=password", { json: { email: a.email, password: PASSWORD } })).body.access_token;
  const [b, c] = [await signIn(), await signIn()];
  const logout = (token: string, scope: string) => call(target, "POST", `/logout?scope=${scope}`, { token });
  const alive = async () => {
    const answers = await Promise.all([a.access, b, c].map((token) => call(target, "GET", "/user", { token })));
    return answers.map(({ status }) => status === 200);
  };
  assertError(await logout(b, "all"), 400, "validation_failed", 'Unsupported logout scope "all"');
  assert.equal((await logout(a.access, "local")).status, 204);
  assert.deepEqual(await alive(), [false, true, true]);
  assert.equal((await logout(b, "others")).status, 204);
  assert.deepEqual(await alive(), [false, true, false]);
  assert.equal((await logout(b, "global")).status, 204);
  assert.deepEqual(await alive(), [false, false, false]);
}

async function updateUser(target: AuthTarget) {
  const { email, access: token } = await signUp(target, { a: 1, b: 2 });
  const put = (json: object) => call(target, "PUT", "/user", { token, json });
  const data = await put({ data: { b: null, c: { d: 3 } } });
  assert.equal(data.status, 200);
  assert.deepEqual([data.body.user_metadata.a, data.body.user_metadata.b, data.body.user_metadata.c], [1, undefined, { d: 3 }]);
  assertError(await put({ app_metadata: { role: "x" } }), 403, "not_admin", "Updating app_metadata requires admin privileges");
  assertError(await put({ password: PASSWORD }), 422, "same_password", "New password should be different from the old password.");
  const other = await signUp(target);
  assertError(await put({ email: other.email }), 422, "email_exists", "A user with this email address has already been registered");
  const grant = (password: string) => call(target, "POST", "/token?grant_type=password", { json: { email, password } });
  const elsewhere = (await grant(PASSWORD)).body.access_token;
  assert.equal((await put({ password: "another horse 2" })).status, 200);
  assert.deepEqual([(await grant(PASSWORD)).status, (await grant("another horse 2")).status], [400, 200]);
  assert.equal((await call(target, "GET", "/user", { token: elsewhere })).status, 403, "a new password ends other sessions");
  assert.equal((await call(target, "GET", "/user", { token })).status, 200, "and keeps this one");
}
