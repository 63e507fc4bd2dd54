import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { SupabaseClient } from "@supabase/supabase-js";
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createTables, supabase } from "./lib/clients.ts";
import { conformance } from "./lib/conformance.ts";
import { Load, type LoadRequest } from "./lib/load.ts";
import { supabaseCli } from "./lib/supabaseCli.ts";
import { disconnect, subscribe } from "./lib/realtime.ts";
import { Writer } from "./lib/writer.ts";
import { type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const PROJECTS = "projects:\n  - name: blog\n    architecture: shared\n  - name: shop\n    architecture: isolated\n";

let stack: TestStack;
let projects: Record<string, ProjectOutputs>;

beforeAll(async () => {
  stack = await TestStack.create(PROJECTS);
  await stack.up();
  projects = await stack.outputs();
});

afterAll(async () => {
  await stack?.remove();
});

describe.each(["blog", "shop"])("%s", (name) => {
  describe("with the real supabase-js", () => conformance(() => projects[name]!));
  supabaseCli(() => projects[name]!);
});

describe("a move by one word", () => {
  const json = { "content-type": "application/json" };
  const requests = (name: string): LoadRequest[] => {
    const { url, anonKey } = projects[name]!;
    const headers = { apikey: anonKey, ...json };
    return [
      { url: `${url}/rest/v1/hits?select=id&limit=1`, method: "GET", headers },
      { url: `${url}/auth/v1/settings`, method: "GET", headers },
      { url: `${url}/storage/v1/object/public/moved/a.bin`, method: "GET", headers: {} },
      { url: `${url.replace(`${name}.`, "api.")}/rest/v1/hits?select=id&limit=1`, method: "GET", headers },
    ];
  };

  test.each([
    ["blog", "shared → isolated", PROJECTS.replace("architecture: shared", "architecture: isolated")],
    ["blog", "isolated → shared", PROJECTS],
  ])("%s, %s: nothing is lost, nobody notices", async (name, _title, text) => {
    for (const each of Object.values(projects)) await createTables(each);
    const [admin, user] = [supabase(projects[name]!.url, projects[name]!.serviceRoleKey), supabase(projects[name]!.url, projects[name]!.anonKey)];
    for (const each of Object.values(projects)) await createPublicFile(each);
    const bytes = randomBytes(100_000);
    await admin.storage.from("moved").upload(`${randomBytes(4).toString("hex")}/typed.bin`, bytes, { contentType: "application/x-typed" });
    const before = await fileDigests(admin);
    const { session } = (await user.auth.signUp({ email: `${randomBytes(4).toString("hex")}@example.com`, password: "correct horse" })).data;

    const loads = Object.keys(projects).map((each) => new Load(requests(each), 10));
    const writer = new Writer(projects[name]!, randomBytes(4).toString("hex"));
    await stack.writeProjects(text);
    const steps = await stack.preview();
    await stack.up();
    await sleep(3_000);
    await writer.stop();
    const results = await Promise.all(loads.map((load) => load.stop()));

    expect(steps.filter(({ urn }) => urn.split("::").at(-1)!.includes("shop"))).toEqual([]);
    expect(results.flatMap(({ failures }) => failures)).toEqual([]);
    expect(writer.failures).toEqual([]);
    const { acknowledged, notOnce } = await writer.counts();
    expect(acknowledged).toBeGreaterThan(200);
    expect(notOnce).toEqual([]);
    // An isolated project has a Studio by default, a shared one has not.
    const { studio: _now, ...after } = (await stack.outputs())[name]!;
    const { studio: _then, ...then } = projects[name]!;
    expect({ ...after, architecture: "" }).toEqual({ ...then, architecture: "" });
    expect(await fileDigests(admin)).toEqual(before);
    expect((await user.auth.getUser(session!.access_token)).data.user?.id).toBe(session!.user.id);
    expect((await user.auth.refreshSession({ refresh_token: session!.refresh_token })).error).toBeNull();
    const broadcast = await subscribe(user.channel("after"));
    expect(await broadcast.send({ type: "broadcast", event: "x", payload: {} })).toBe("ok");
    await disconnect(user);
  });

  async function createPublicFile({ url, serviceRoleKey }: ProjectOutputs) {
    const { storage } = supabase(url, serviceRoleKey);
    await storage.createBucket("moved", { public: true });
    expect((await storage.from("moved").upload("a.bin", "of the move", { upsert: true })).error).toBeNull();
  }

  /** Of each file: its name, its bytes' hash and its type. */
  async function fileDigests({ storage }: SupabaseClient): Promise<string[]> {
    const digests = [];
    for (const { name: folder } of (await storage.from("moved").list()).data!) {
      for (const { name } of (await storage.from("moved").list(folder)).data!) {
        const { data } = await storage.from("moved").download(`${folder}/${name}`);
        digests.push(`${folder}/${name} ${data!.type} ${createHash("sha256").update(Buffer.from(await data!.arrayBuffer())).digest("hex")}`);
      }
    }
    return digests.sort();
  }
});

describe("Studio", () => {
  const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` });
  const query = async ({ url, user, password }: NonNullable<ProjectOutputs["studio"]>, text: string) => {
    const headers = { ...basic(user, password), "content-type": "application/json" };
    const response = await fetch(`${url}/api/platform/pg-meta/default/query`, { method: "POST", headers, body: JSON.stringify({ query: text }) });
    return [response.status, await response.json()];
  };
  const meta = async ({ url }: ProjectOutputs, key: string) => (await fetch(`${url}/pg/tables`, { headers: { apikey: key } })).status;

  test("an isolated project has one, behind its password, and it works on that project's database", async () => {
    const studio = projects.shop!.studio!;
    for (const headers of [{}, basic(studio.user, "wrong"), basic("admin", studio.password)]) expect((await fetch(studio.url, { headers })).status).toBe(401);
    const page = await fetch(studio.url, { headers: basic(studio.user, studio.password) });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("shop")]);
    expect(await query(studio, "select current_database() as name, current_user as who")).toEqual([200, [{ name: "shop", who: "shop_owner" }]]);
  });

  test("without a Studio there is no postgres-meta", async () => {
    expect(projects.blog!.studio).toBeUndefined();
    expect(await meta(projects.blog!, projects.blog!.serviceRoleKey)).toBe(404);
    expect(await meta(projects.shop!, projects.shop!.anonKey)).toBe(403);
    expect(await meta(projects.shop!, projects.blog!.serviceRoleKey)).toBe(401);
    expect(await meta(projects.shop!, projects.shop!.serviceRoleKey)).toBe(200);
  });

  test("on demand a shared project gets one, and loses it again", async () => {
    await stack.configure({ studio: "blog" });
    await stack.up();
    const blog = (await stack.outputs()).blog!;
    expect(await query(blog.studio!, "select current_database() as name")).toEqual([200, [{ name: "blog" }]]);
    // Another project's password lets nobody in.
    expect((await query({ ...blog.studio!, password: projects.shop!.studio!.password }, "select 1").catch(() => [401]))[0]).toBe(401);
    await stack.pulumi(["config", "rm", "indie-ventures:studio"]);
    await stack.up();
    expect((await stack.ours()).filter((name) => /blog-studio|container meta/.test(name))).toEqual([]);
    expect(await meta(blog, blog.serviceRoleKey)).toBe(404);
  });
});

test("a second up and preview --refresh change nothing", async () => {
  await stack.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  await stack.pulumi(["preview", "--refresh", "--expect-no-changes", "--diff"]);
});
