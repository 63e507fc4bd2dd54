import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { prepareDatabase, startAuth, type AuthProcess } from "../../../lab/standins/contract/authProcess.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";

jest.setTimeout(60_000);

let postgres: TemporaryPostgres;
let auth: AuthProcess;
let gateway: Server;
let client: (key: string) => SupabaseClient;

/** What the gateway does of it all: /auth/v1 is cut off. */
function cutPrefix(target: string): Server {
  return createServer((incoming, outgoing) => {
    const url = new URL((incoming.url ?? "").replace(/^\/auth\/v1/, ""), target);
    const forwarded = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
}

beforeAll(async () => {
  postgres = await startPostgres();
  auth = await startAuth({ GOTRUE_DB_DATABASE_URL: await prepareDatabase(postgres) });
  gateway = cutPrefix(auth.target.baseUrl);
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  client = (key) => createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } });
});

afterAll(async () => {
  gateway?.closeAllConnections();
  gateway?.close();
  await auth?.stop();
  await postgres?.stop();
});

/** The data of an answer; its error, when there is one, ends the test. */
function ok<A extends { data: unknown; error: unknown }>({ data, error }: A): Extract<A, { error: null }>["data"] {
  if (error) throw error;
  return data;
}

test("the real client signs up, in and out, reads, changes and refreshes", async () => {
  const credentials = { email: "ann@example.com", password: "correct horse 1" };
  const { auth: anon } = client(auth.target.anonKey);
  const { user } = ok(await anon.signUp({ ...credentials, options: { data: { full_name: "Ann" } } }));
  expect(user?.user_metadata.full_name).toBe("Ann");
  const { session } = ok(await anon.signInWithPassword(credentials));
  expect(ok(await anon.getUser()).user?.id).toBe(user?.id);
  const refreshed = ok(await anon.refreshSession()).session;
  expect(refreshed?.refresh_token).not.toBe(session?.refresh_token);
  expect(ok(await anon.updateUser({ data: { city: "Berlin" } })).user?.user_metadata).toMatchObject({ full_name: "Ann", city: "Berlin" });
  expect((await anon.signOut()).error).toBeNull();
  const { error } = await anon.getUser(refreshed!.access_token);
  expect(error).toMatchObject({ name: "AuthSessionMissingError" });
});

test("the client reads upstream's errors by their code", async () => {
  const { auth: anon } = client(auth.target.anonKey);
  const wrong = await anon.signInWithPassword({ email: "nobody@example.com", password: "wrong" });
  expect(wrong.error).toMatchObject({ status: 400, code: "invalid_credentials", message: "Invalid login credentials" });
  const weak = await anon.signUp({ email: "weak@example.com", password: "x" });
  expect(weak.error).toMatchObject({ name: "AuthWeakPasswordError", status: 422, code: "weak_password", reasons: ["length"] });
});

test("an anonymous user signs in, and a one-time link signs in", async () => {
  const { auth: anon } = client(auth.target.anonKey);
  expect(ok(await anon.signInAnonymously()).user?.is_anonymous).toBe(true);
  const { auth: service } = client(auth.target.serviceRoleKey);
  const { properties } = ok(await service.admin.generateLink({ type: "magiclink", email: "link@example.com" }));
  const verified = ok(await anon.verifyOtp({ type: "email", token_hash: properties!.hashed_token }));
  expect(verified.user?.email).toBe("link@example.com");
});

test("the service role creates, lists, changes and deletes users", async () => {
  const { admin } = client(auth.target.serviceRoleKey).auth;
  const { user } = ok(await admin.createUser({ email: "made@example.com", email_confirm: true, app_metadata: { plan: "x" } }));
  const listed = ok(await admin.listUsers({ page: 1, perPage: 100 }));
  expect(listed.users.map(({ id }) => id)).toContain(user!.id);
  expect(listed.total).toBe(listed.users.length);
  expect(ok(await admin.updateUserById(user!.id, { ban_duration: "1h" })).user?.id).toBe(user!.id);
  ok(await admin.deleteUser(user!.id));
  expect((await admin.getUserById(user!.id)).error).toMatchObject({ status: 404, code: "user_not_found" });
});

test("a caller without the service role administers nothing", async () => {
  const { error } = await client(auth.target.anonKey).auth.admin.listUsers();
  expect(error).toMatchObject({ status: 403, code: "not_admin" });
});
