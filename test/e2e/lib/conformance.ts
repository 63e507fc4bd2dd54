import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { SupabaseClient } from "@supabase/supabase-js";
import { createHash, randomBytes } from "node:crypto";
import { ownerSql, supabase } from "./clients.ts";
import { changesAreRead, disconnect, subscribe, until } from "./realtime.ts";
import type { ProjectOutputs } from "./testStack.ts";

const FIXTURE = `
  create table if not exists cities (id bigint generated always as identity primary key, name text unique not null, people int not null, region text);
  create table if not exists messages (id bigint generated always as identity primary key, user_id uuid not null default auth.uid(), body text not null);
  alter table messages enable row level security;
  drop policy if exists own on messages;
  create policy own on messages for all to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
  do $$ begin alter publication supabase_realtime add table messages; exception when duplicate_object then null; end $$;
  create or replace function add_up(a int, b int) returns int language sql immutable as 'select a + b';
  create or replace function with_temporary_table() returns bigint language plpgsql as $$
    begin create temporary table scratch on commit drop as select 1; return (select count(*) from scratch); end $$;
  create table if not exists profiles (id uuid primary key, email text);
  create or replace function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$
    begin insert into public.profiles (id, email) values (new.id, new.email); return new; end $$;
  drop trigger if exists on_sign_up on auth.users;
  create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
  drop policy if exists own_folder on storage.objects;
  create policy own_folder on storage.objects for all to authenticated
    using (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text)
    with check (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text);
  drop policy if exists members on realtime.messages;
  create policy members on realtime.messages for all to authenticated using (realtime.topic() like 'private-%') with check (realtime.topic() like 'private-%');
  notify pgrst, 'reload schema';
`;

/** What each project must do with the real supabase-js, whatever its architecture: the same tests for all. */
export function conformance(project: () => ProjectOutputs): void {
  const clients: SupabaseClient[] = [];
  const client = (key: keyof ProjectOutputs = "anonKey"): SupabaseClient => {
    const made = supabase(project().url, String(project()[key]));
    clients.push(made);
    return made;
  };
  const address = (who: string) => `${who}-${randomBytes(4).toString("hex")}@example.com`;
  async function signedUp(who: string) {
    const made = client();
    const { data, error } = await made.auth.signUp({ email: address(who), password: "correct horse" });
    if (error !== null) throw error;
    return { made, user: data.user! };
  }

  beforeAll(async () => {
    await ownerSql(project(), FIXTURE);
    await until("the API knows the new tables", async () => (await client("serviceRoleKey").from("cities").select("id").limit(1)).error === null);
  });
  afterAll(async () => {
    await Promise.all(clients.map(disconnect));
  });

  describe("auth", () => {
    test("sign up, in, out, refresh, update", async () => {
      const one = client();
      const email = address("ann");
      const { data } = await one.auth.signUp({ email, password: "correct horse", options: { data: { plan: "free" } } });
      expect(data.user?.user_metadata.plan).toBe("free");
      expect((await one.auth.refreshSession()).data.session?.access_token).toEqual(expect.any(String));
      expect((await one.auth.updateUser({ data: { plan: "paid" } })).data.user?.user_metadata.plan).toBe("paid");
      expect((await one.auth.getUser()).data.user?.email).toBe(email);
      expect((await one.auth.getClaims()).data?.claims.iss).toBe(`${project().url}/auth/v1`);
      expect((await one.auth.signOut()).error).toBeNull();
      expect((await one.auth.signInWithPassword({ email, password: "wrong" })).error?.code).toBe("invalid_credentials");
      expect((await one.auth.signInWithPassword({ email, password: "correct horse" })).error).toBeNull();
    });

    test("a trigger of the owner's on auth.users", async () => {
      const { user } = await signedUp("bea");
      expect((await ownerSql(project(), "select email from profiles where id = '" + user.id + "'")).rows).toEqual([{ email: user.email }]);
    });

    test.each(["serviceRoleKey", "secretKey"] as const)("%s is an admin", async (key) => {
      const { data, error } = await client(key).auth.admin.listUsers();
      expect(error).toBeNull();
      expect(data.users.length).toBeGreaterThan(0);
    });
  });

  describe("rest", () => {
    test("insert, filter, order, upsert, count, delete", async () => {
      const admin = client("secretKey");
      const region = randomBytes(4).toString("hex");
      const cities = ["Bern", "Graz", "Lyon"].map((name, index) => ({ name: `${name}-${region}`, people: index * 100, region }));
      expect((await admin.from("cities").insert(cities)).error).toBeNull();
      const found = await admin.from("cities").select("name").eq("region", region).gte("people", 100).order("people", { ascending: false });
      expect(found.data).toEqual([{ name: `Lyon-${region}` }, { name: `Graz-${region}` }]);
      const again = await admin.from("cities").upsert({ name: `Bern-${region}`, people: 7, region }, { onConflict: "name" }).select("people").single();
      expect(again.data).toEqual({ people: 7 });
      expect((await admin.from("cities").select("*", { count: "exact", head: true }).eq("region", region)).count).toBe(3);
      expect((await admin.from("cities").delete().eq("region", region)).error).toBeNull();
    });

    test("rpc, also one that makes a temporary table", async () => {
      const admin = client("serviceRoleKey");
      expect((await admin.rpc("add_up", { a: 2, b: 3 })).data).toBe(5);
      expect((await admin.rpc("with_temporary_table")).data).toBe(1);
    });

    test("row level security, with the publishable key", async () => {
      const { made, user } = await signedUp("cid");
      expect((await made.from("messages").insert({ body: "mine" }).select("user_id").single()).data).toEqual({ user_id: user.id });
      expect((await client("publishableKey").from("messages").select()).data ?? []).toEqual([]);
    });
  });

  describe("storage", () => {
    test("bucket, upload, list, download, signed URL, move, remove; 7 MB keep every byte", async () => {
      const admin = client("secretKey");
      const bucket = `files-${randomBytes(4).toString("hex")}`;
      expect((await admin.storage.createBucket(bucket, { public: false })).error).toBeNull();
      const files = admin.storage.from(bucket);
      const bytes = randomBytes(7 * 1024 * 1024);
      expect((await files.upload("big/one.bin", bytes, { contentType: "application/x-test" })).error).toBeNull();
      const { data: back } = await files.download("big/one.bin");
      expect(back!.type).toBe("application/x-test");
      expect(sha256(Buffer.from(await back!.arrayBuffer()))).toBe(sha256(bytes));
      const { data: signed } = await files.createSignedUrl("big/one.bin", 60);
      expect(signed!.signedUrl).toContain(project().url);
      const response = await fetch(signed!.signedUrl);
      expect([response.status, sha256(Buffer.from(await response.arrayBuffer()))]).toEqual([200, sha256(bytes)]);
      expect((await files.move("big/one.bin", "big/two.bin")).error).toBeNull();
      expect((await files.list("big")).data?.map(({ name }) => name)).toEqual(["two.bin"]);
      expect((await files.remove(["big/two.bin"])).error).toBeNull();
      expect((await admin.storage.deleteBucket(bucket)).error).toBeNull();
    });

    test("a policy of the owner's on storage.objects", async () => {
      const { error } = await client("serviceRoleKey").storage.createBucket("private");
      if (error !== null) expect(error.message).toMatch(/already exists/);
      const { made, user } = await signedUp("dan");
      expect((await made.storage.from("private").upload(`${user.id}/a.txt`, "mine")).error).toBeNull();
      expect((await made.storage.from("private").upload("other/a.txt", "theirs")).error).not.toBeNull();
      const { made: other } = await signedUp("eve");
      expect((await other.storage.from("private").download(`${user.id}/a.txt`)).error).not.toBeNull();
    });

    test("a public file needs no key, and a picture comes smaller", async () => {
      const admin = client("serviceRoleKey");
      const bucket = `public-${randomBytes(4).toString("hex")}`;
      await admin.storage.createBucket(bucket, { public: true });
      const uploaded = await admin.storage.from(bucket).upload("dot.png", Buffer.from(PNG, "base64"), { contentType: "image/png" });
      expect(uploaded.error).toBeNull();
      const whole = await fetch(admin.storage.from(bucket).getPublicUrl("dot.png").data.publicUrl);
      expect([whole.status, whole.headers.get("content-type")]).toEqual([200, "image/png"]);
      const { publicUrl } = admin.storage.from(bucket).getPublicUrl("dot.png", { transform: { width: 2, height: 2, resize: "fill" } }).data;
      const smaller = await fetch(publicUrl);
      expect([smaller.status, pngWidth(Buffer.from(await smaller.arrayBuffer()))]).toEqual([200, 2]);
    });

    test("a resumable upload goes to the address that the server names", async () => {
      const { url, serviceRoleKey } = project();
      const bucket = `tus-${randomBytes(4).toString("hex")}`;
      await client("serviceRoleKey").storage.createBucket(bucket);
      const headers = { authorization: `Bearer ${serviceRoleKey}`, apikey: serviceRoleKey, "tus-resumable": "1.0.0" };
      const metadata = Object.entries({ bucketName: bucket, objectName: "part.bin", contentType: "text/plain" }).map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`);
      const created = await fetch(`${url}/storage/v1/upload/resumable`, { method: "POST", headers: { ...headers, "upload-length": "6", "upload-metadata": metadata.join(",") } });
      const location = created.headers.get("location")!;
      expect([created.status, location.startsWith(`${url}/storage/v1/upload/resumable/`)]).toEqual([201, true]);
      for (const [offset, body] of [["0", "abc"], ["3", "def"]] as const) {
        const patched = await fetch(location, { method: "PATCH", headers: { ...headers, "upload-offset": offset, "content-type": "application/offset+octet-stream" }, body });
        expect(patched.status).toBe(204);
      }
      expect(await (await client("serviceRoleKey").storage.from(bucket).download("part.bin")).data!.text()).toBe("abcdef");
    });
  });

  describe("realtime", () => {
    test("broadcast reaches the other client", async () => {
      const [one, two] = [client(), client("publishableKey")];
      const heard: unknown[] = [];
      await subscribe(two.channel("room").on("broadcast", { event: "shout" }, ({ payload }) => void heard.push(payload)));
      const sender = await subscribe(one.channel("room"));
      await sender.send({ type: "broadcast", event: "shout", payload: { text: "hello" } });
      await until("the broadcast", () => heard.length > 0);
      expect(heard).toEqual([{ text: "hello" }]);
    });

    test("presence shows who is there", async () => {
      const [one, two] = [client(), client()];
      const lobby = two.channel("lobby");
      await subscribe(lobby.on("presence", { event: "sync" }, () => {}));
      const there = await subscribe(one.channel("lobby", { config: { presence: { key: "ann" } } }));
      await there.track({ mood: "fine" });
      await until("presence", () => "ann" in lobby.presenceState());
      expect(lobby.presenceState()).toMatchObject({ ann: [{ mood: "fine" }] });
    });

    test("changes of a table reach who may see the row, and nobody else", async () => {
      const { made: ann } = await signedUp("ann");
      const { made: bob } = await signedUp("bob");
      const heard: Record<"ann" | "bob", unknown[]> = { ann: [], bob: [] };
      for (const [who, made] of [["ann", ann], ["bob", bob]] as const) {
        let ready = false;
        const channel = made.channel(`changes-${who}`).on("postgres_changes", { event: "INSERT", schema: "public", table: "messages" }, (change) => void heard[who].push(change.new.body));
        channel.on("system", {}, (message: { extension?: string; status?: string }) => void (ready ||= message.extension === "postgres_changes" && message.status === "ok"));
        await subscribe(channel);
        await until(`${who} listens to the table`, () => ready);
      }
      await changesAreRead(project());
      await ann.from("messages").insert({ body: "secret" });
      await bob.from("messages").insert({ body: "control" });
      await until("both changes", () => heard.ann.length > 0 && heard.bob.length > 0);
      expect(heard).toEqual({ ann: ["secret"], bob: ["control"] });
    });

    test("a private channel asks the owner's policy on realtime.messages", async () => {
      const { made } = await signedUp("ann");
      await made.realtime.setAuth();
      await subscribe(made.channel("private-room", { config: { private: true } }));
      await expect(subscribe(made.channel("other-room", { config: { private: true } }))).rejects.toThrow(/CHANNEL_ERROR/);
    });
  });
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
/** Four pixels wide and high. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGP4z8AARwzEcQCukw/x0F8jngAAAABJRU5ErkJggg==";
/** From the header that each PNG begins with. */
const pngWidth = (bytes: Buffer): number => bytes.readUInt32BE(16);
