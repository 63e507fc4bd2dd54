import assert from "node:assert/strict";
import { PASSWORD, assertError, call, newEmail, signUp, type AuthTarget, type ContractCase } from "./authClient.ts";

export function adminCases(target: () => AuthTarget): ContractCase[] {
  return [
    { name: "POST /admin/users: confirmed or not, with metadata, id and role", run: () => create(target()) },
    { name: "POST /admin/users: what it refuses", run: () => createRefused(target()) },
    { name: "GET, PUT /admin/users/{id}: read, change, ban", run: () => change(target()) },
    { name: "DELETE /admin/users/{id}: hard and soft", run: () => remove(target()) },
    { name: "GET /admin/users: pages with Link and X-Total-Count, newest first", run: () => list(target()) },
    { name: "GET /admin/audit: who did what", run: () => auditLog(target()) },
    { name: "a password hash of bcrypt can be brought along", run: () => passwordHash(target()) },
  ];
}

function admin(target: AuthTarget, method: string, path: string, json?: unknown) {
  return call(target, method, path, { token: target.serviceRoleKey, ...(json === undefined ? {} : { json }) });
}

function signIn(target: AuthTarget, email: string, password = PASSWORD) {
  return call(target, "POST", "/token?grant_type=password", { json: { email, password } });
}

async function create(target: AuthTarget) {
  const email = newEmail();
  const id = crypto.randomUUID();
  const asked = { id, email: email.toUpperCase(), password: PASSWORD, email_confirm: true, user_metadata: { a: 1 }, app_metadata: { plan: "x" }, role: "editor" };
  const { status, body } = await admin(target, "POST", "/admin/users", asked);
  assert.deepEqual([status, body.id, body.email, body.role, body.aud], [200, id, email, "editor", "authenticated"]);
  assert.deepEqual(body.app_metadata, { plan: "x", provider: "email", providers: ["email"] });
  assert.deepEqual(body.user_metadata, { a: 1, email_verified: true });
  assert.deepEqual(body.identities[0].identity_data, { email, email_verified: false, phone_verified: false, sub: id });
  assert.equal((await signIn(target, email)).status, 200);
  const unconfirmed = newEmail();
  await admin(target, "POST", "/admin/users", { email: unconfirmed, password: PASSWORD });
  assertError(await signIn(target, unconfirmed), 400, "email_not_confirmed", "Email not confirmed");
}

async function createRefused(target: AuthTarget) {
  const { email } = await signUp(target);
  const post = (json: object) => admin(target, "POST", "/admin/users", json);
  assertError(await post({}), 400, "validation_failed", "Cannot create a user without either an email or phone");
  assertError(await post({ email }), 422, "email_exists", "A user with this email address has already been registered");
  assertError(await post({ email: newEmail(), id: "x" }), 400, "validation_failed", "ID must conform to the uuid v4 format");
  const both = { email: newEmail(), password: "a", password_hash: "b" };
  assertError(await post(both), 400, "validation_failed", "Only a password or a password hash should be provided");
  const ban = 'invalid format for ban duration: time: unknown unit "d" in duration "1d"';
  assertError(await post({ email: newEmail(), ban_duration: "1d" }), 400, "validation_failed", ban);
}

async function change(target: AuthTarget) {
  const user = await signUp(target);
  const path = `/admin/users/${user.id}`;
  const read = await admin(target, "GET", path);
  assert.deepEqual([read.status, read.body.id, typeof read.body.confirmed_at], [200, user.id, "string"]);
  const email = newEmail();
  const put = await admin(target, "PUT", path, { email, email_confirm: true, password: "changed horse 3", app_metadata: { x: 1 }, user_metadata: { y: 2 } });
  assert.deepEqual([put.status, put.body.email, put.body.app_metadata.x, put.body.user_metadata.y], [200, email, 1, 2]);
  assert.equal((await signIn(target, email, "changed horse 3")).status, 200);
  assert.equal((await call(target, "GET", "/user", { token: user.access })).status, 403, "an administrator's new password ends sessions");
  const banned = await admin(target, "PUT", path, { ban_duration: "24h" });
  assert.ok(Date.parse(banned.body.banned_until) > Date.now() + 23 * 3_600_000);
  assertError(await signIn(target, email, "changed horse 3"), 400, "user_banned", "User is banned");
  assert.equal((await admin(target, "PUT", path, { ban_duration: "none" })).body.banned_until, undefined);
  assert.equal((await signIn(target, email, "changed horse 3")).status, 200);
  assertError(await admin(target, "GET", "/admin/users/x"), 404, "validation_failed", "user_id must be an UUID");
  assertError(await admin(target, "GET", `/admin/users/${crypto.randomUUID()}`), 404, "user_not_found", "User not found");
}

async function remove(target: AuthTarget) {
  const hard = await signUp(target);
  const done = await admin(target, "DELETE", `/admin/users/${hard.id}`);
  assert.deepEqual([done.status, done.body], [200, {}]);
  assertError(await admin(target, "GET", `/admin/users/${hard.id}`), 404, "user_not_found", "User not found");
  assertError(await call(target, "GET", "/user", { token: hard.access }), 403, "user_not_found", "User from sub claim in JWT does not exist");
  const soft = await signUp(target);
  assert.equal((await admin(target, "DELETE", `/admin/users/${soft.id}`, { should_soft_delete: true })).status, 200);
  const { body } = await admin(target, "GET", `/admin/users/${soft.id}`);
  assert.ok(Date.parse(body.deleted_at) && !body.email.includes("@"));
  assert.deepEqual([body.user_metadata, body.app_metadata], [{}, {}]);
  assertError(await signIn(target, soft.email), 400, "invalid_credentials", "Invalid login credentials");
  assert.equal((await call(target, "POST", "/signup", { json: { email: soft.email, password: PASSWORD } })).status, 200);
}

async function list(target: AuthTarget) {
  const mark = crypto.randomUUID();
  for (const n of [1, 2, 3]) await admin(target, "POST", "/admin/users", { email: `${n}-${mark}@example.com` });
  const filter = `filter=${mark}`;
  const first = await admin(target, "GET", `/admin/users?${filter}&page=1&per_page=2`);
  assert.deepEqual(first.body.users.map((user: any) => user.email[0]), ["3", "2"]);
  assert.deepEqual([first.body.aud, first.headers.get("x-total-count")], ["authenticated", "3"]);
  const query = (page: number) => `</admin/users?${filter}&page=${page}&per_page=2>`;
  assert.equal(first.headers.get("link"), `${query(2)}; rel="next", ${query(2)}; rel="last"`);
  const second = await admin(target, "GET", `/admin/users?${filter}&page=2&per_page=2`);
  assert.deepEqual([second.body.users.length, second.headers.get("link")], [1, `${query(2)}; rel="last"`]);
  assert.equal(second.body.users[0].identities, null);
  const bad = 'Bad Pagination Parameters: strconv.ParseUint: parsing "x": invalid syntax';
  assertError(await admin(target, "GET", "/admin/users?page=x"), 400, "validation_failed", bad);
  const sort = await admin(target, "GET", "/admin/users?sort=email");
  assertError(sort, 400, "validation_failed", "Bad Sort Parameters: bad field for sort 'email'");
}

async function auditLog(target: AuthTarget) {
  const { id, email } = await signUp(target, { full_name: "Ann" });
  const { status, body } = await admin(target, "GET", `/admin/audit?query=author:${encodeURIComponent(email)}`);
  assert.equal(status, 200);
  const actor = { actor_id: id, actor_name: "Ann", actor_username: email, actor_via_sso: false };
  assert.deepEqual(body.map((entry: any) => entry.payload), [
    { ...actor, action: "login", log_type: "account", traits: { provider: "email" } },
    { ...actor, action: "user_signedup", log_type: "team", traits: { provider: "email" } },
  ]);
}

async function passwordHash(target: AuthTarget) {
  // bcrypt of "secret1", cost 4, made by Go's x/crypto.
  const password_hash = "$2a$04$tC37OQ8aBbEvcAzyV9vpSeiIBBmxa5aZB9T9R409AszX8JXegtsni";
  const email = newEmail();
  const made = await admin(target, "POST", "/admin/users", { email, password_hash, email_confirm: true });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.equal((await signIn(target, email, "secret1")).status, 200);
  assert.equal((await signIn(target, email, "secret2")).status, 400);
}
