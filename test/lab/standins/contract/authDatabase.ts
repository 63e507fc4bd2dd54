import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { PASSWORD, call, newEmail, signUp, type AuthTarget, type ContractCase } from "./authClient.ts";

/** Runs one statement as a superuser in Auth's database. */
export type Query = (text: string, values?: unknown[]) => Promise<any[]>;

export function databaseCases(target: () => AuthTarget, query: Query): ContractCase[] {
  return [
    { name: "SQL: upstream's tables, owned by Auth's login role, with row level security", run: () => catalogue(query) },
    { name: "SQL: upstream's migrations are recorded", run: () => versions(query) },
    { name: "SQL: rows of a sign-up and a sign-in", run: () => rows(target(), query) },
    { name: "SQL: a user's trigger on INSERT sees what upstream's sees", run: () => trigger(target(), query) },
    { name: "SQL: a trigger that raises ends the sign-up, and nothing stays", run: () => raising(target(), query) },
    { name: "SQL: a foreign key with ON DELETE CASCADE follows a user's deletion", run: () => foreignKey(target(), query) },
    { name: "SQL: auth.uid(), role(), email(), jwt() read both settings of PostgREST", run: () => functions(query) },
    { name: "SQL: a user inserted with NULL tokens cannot be read, as upstream", run: () => nullTokens(target(), query) },
    { name: "SQL: the hash of a PKCE link; its code is exchanged once, with the verifier", run: () => pkce(target(), query) },
  ];
}

async function catalogue(query: Query) {
  const found = await query(`select c.relname as name, c.relrowsecurity as rls, r.rolname as owner from pg_class c join pg_roles r on r.oid = c.relowner
    where relnamespace = 'auth'::regnamespace and relkind = 'r' order by 1`);
  const names = found.map((row) => row.name);
  const expected = ["audit_log_entries", "flow_state", "identities", "mfa_amr_claims", "mfa_challenges", "mfa_factors", "one_time_tokens"];
  for (const name of [...expected, "refresh_tokens", "schema_migrations", "sessions", "sso_providers", "users"]) assert.ok(names.includes(name), name);
  assert.equal(names.length, 23);
  const owners = new Set(found.map((row) => row.owner));
  assert.equal(owners.size, 1);
  const [role] = await query("select rolsuper from pg_roles where rolname = $1", [[...owners][0]]);
  assert.equal(role.rolsuper, false);
  assert.equal(found.filter((row) => row.rls).length, 16);
  const columns = await query("select column_name from information_schema.columns where table_schema = 'auth' and table_name = 'users' order by ordinal_position");
  assert.equal(columns.length, 35);
  assert.deepEqual(columns.slice(0, 7).map((row) => row.column_name), ["instance_id", "id", "aud", "role", "email", "encrypted_password", "email_confirmed_at"]);
  const [{ granted }] = await query("select has_table_privilege('postgres', 'auth.users', 'select with grant option') as granted");
  assert.equal(granted, true);
}

async function versions(query: Query) {
  const found = (await query("select version from auth.schema_migrations order by version")).map((row) => row.version);
  assert.deepEqual([found.at(0), found.at(-1), found.length], ["00", "20260625000000", 70]);
}

async function rows(target: AuthTarget, query: Query) {
  const { id, email, session, refresh } = await signUp(target, { a: 1 });
  const [user] = await query("select * from auth.users where id = $1", [id]);
  assert.match(user.encrypted_password, /^\$2[abxy]\$10\$/);
  assert.equal(user.instance_id, "00000000-0000-0000-0000-000000000000");
  assert.deepEqual([user.confirmation_token, user.email_change, user.phone, user.is_super_admin], ["", "", null, null]);
  assert.deepEqual(user.raw_user_meta_data, { a: 1, email, email_verified: true, phone_verified: false, sub: id });
  assert.ok(user.confirmed_at && user.last_sign_in_at);
  const [identity] = await query("select * from auth.identities where user_id = $1", [id]);
  assert.deepEqual([identity.provider_id, identity.provider, identity.email], [id, "email", email]);
  const [row] = await query("select * from auth.sessions where user_id = $1", [id]);
  assert.deepEqual([row.id, row.aal, row.not_after, row.refreshed_at], [session, "aal1", null, null]);
  const [token] = await query("select * from auth.refresh_tokens where user_id = $1", [id]);
  assert.deepEqual([token.token, token.session_id, token.revoked, token.parent], [refresh, session, false, null]);
  const [amr] = await query("select * from auth.mfa_amr_claims where session_id = $1", [session]);
  assert.equal(amr.authentication_method, "password");
}

async function trigger(target: AuthTarget, query: Query) {
  await query("create table public.seen (id uuid, role text, email text, meta jsonb, app jsonb, confirmed timestamptz)");
  await query(`create function public.note() returns trigger language plpgsql security definer as $$ begin
    insert into public.seen values (new.id, new.role, new.email, new.raw_user_meta_data, new.raw_app_meta_data, new.email_confirmed_at); return new; end $$`);
  await query("create trigger note after insert on auth.users for each row execute function public.note()");
  try {
    const { id, email } = await signUp(target, { full_name: "Ann" });
    const [seen] = await query("select * from public.seen where id = $1", [id]);
    const app = { provider: "email", providers: ["email"] };
    assert.deepEqual({ ...seen }, { id, role: "", email, meta: { full_name: "Ann" }, app, confirmed: null });
  } finally {
    await query("drop function public.note() cascade");
    await query("drop table public.seen");
  }
}

async function raising(target: AuthTarget, query: Query) {
  await query("create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'not today' using hint = 'tomorrow'; end $$");
  await query("create trigger refuse before insert on auth.users for each row execute function public.refuse()");
  try {
    const json = { email: newEmail(), password: PASSWORD };
    const answer = await call(target, "POST", "/signup", { json });
    assert.deepEqual([answer.status, answer.body], [500, { code: "P0001", message: "not today", hint: "tomorrow" }]);
    const dated = await call(target, "POST", "/signup", { json, headers: { "X-Supabase-Api-Version": "2024-01-01" } });
    assert.deepEqual([dated.status, dated.body], [500, { code: "unexpected_failure", message: "Database error saving new user" }]);
    assert.deepEqual(await query("select from auth.users where email = $1", [json.email]), []);
  } finally {
    await query("drop function public.refuse() cascade");
  }
}

async function foreignKey(target: AuthTarget, query: Query) {
  await query("create table public.profiles (id uuid primary key references auth.users on delete cascade)");
  try {
    const { id } = await signUp(target);
    await query("insert into public.profiles values ($1)", [id]);
    assert.equal((await call(target, "DELETE", `/admin/users/${id}`, { token: target.serviceRoleKey })).status, 200);
    for (const table of ["public.profiles", "auth.users"]) assert.deepEqual(await query(`select from ${table} where id = $1`, [id]), []);
    for (const table of ["identities", "sessions"]) assert.deepEqual(await query(`select from auth.${table} where user_id = $1`, [id]), []);
  } finally {
    await query("drop table public.profiles");
  }
}

async function functions(query: Query) {
  const sub = randomUUID();
  const claims = JSON.stringify({ sub, role: "authenticated", email: "a@example.com" });
  const read = "select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() as jwt";
  // set_config in a subquery first: all of it is one statement.
  const set = (name: string) => `with s as materialized (select set_config('${name}', $1, true)) ${read} from s`;
  const [row] = await query(set("request.jwt.claims"), [claims]);
  assert.deepEqual({ ...row }, { uid: sub, role: "authenticated", email: "a@example.com", jwt: JSON.parse(claims) });
  const [old] = await query(set("request.jwt.claim.sub"), [sub]);
  assert.deepEqual([old.uid, old.role], [sub, null]);
  const [none] = await query(read);
  assert.deepEqual({ ...none }, { uid: null, role: null, email: null, jwt: null });
}

async function nullTokens(target: AuthTarget, query: Query) {
  const email = newEmail();
  await query(
    `insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, created_at, updated_at)
     values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2, 'x', now(), now(), now())`,
    [randomUUID(), email],
  );
  try {
    const answer = await call(target, "POST", "/token?grant_type=password", { json: { email, password: PASSWORD } });
    assert.deepEqual([answer.status, answer.body.error_code, answer.body.msg], [500, "unexpected_failure", "Database error querying schema"]);
    assert.match(answer.body.error_id, /^[0-9a-f-]{36}$/);
  } finally {
    await query("delete from auth.users where email = $1", [email]);
  }
}

async function pkce(target: AuthTarget, query: Query) {
  const verifier = "v".repeat(50);
  const code_challenge = createHash("sha256").update(verifier).digest("base64url");
  const { email, id } = await signUp(target);
  await call(target, "POST", "/recover", { json: { email, code_challenge, code_challenge_method: "s256" } });
  const [{ recovery_token: hash }] = await query("select recovery_token from auth.users where id = $1", [id]);
  assert.match(hash, /^pkce_[0-9a-f]{56}$/);
  const [token] = await query("select token_hash, relates_to from auth.one_time_tokens where user_id = $1 and token_type = 'recovery_token'", [id]);
  assert.deepEqual({ ...token }, { token_hash: hash, relates_to: email });
  const opened = await call(target, "GET", `/verify?token=${hash}&type=recovery`);
  const location = opened.headers.get("location")!;
  assert.match(location, /^http:\/\/localhost:3000\?code=[0-9a-f-]{36}$/);
  const auth_code = new URL(location).searchParams.get("code");
  const exchange = (code_verifier: string) => call(target, "POST", "/token?grant_type=pkce", { json: { auth_code, code_verifier } });
  const wrong = await exchange("w".repeat(50));
  assert.deepEqual([wrong.status, wrong.body.error_code], [400, "bad_code_verifier"]);
  const right = await exchange(verifier);
  assert.deepEqual([right.status, right.body.user.id], [200, id]);
  assert.equal((await exchange(verifier)).status, 404);
}
