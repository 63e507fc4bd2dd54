import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { Load, type LoadRequest } from "./lib/load.ts";
import { docker, type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const TWO = "projects:\n  - name: blog\n    architecture: shared\n  - name: docs\n    architecture: shared\n";
const THREE = `${TWO}  - name: shop-eu\n    architecture: shared\n`;

let stack: TestStack;
let projects: Record<string, ProjectOutputs>;

beforeAll(async () => {
  stack = await TestStack.create(TWO);
  await stack.up();
  projects = await stack.outputs();
  for (const project of Object.values(projects)) await createTables(project);
});

afterAll(async () => {
  await stack?.remove();
});

const json = { "content-type": "application/json" };
const get = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers });

describe.each(["blog", "docs"])("%s with supabase-js", (name) => {
  test("a user signs up and in, and reads back only what is theirs", async () => {
    const { url, anonKey } = projects[name]!;
    const ann = supabase(url, anonKey);
    const email = `ann@${name}.example.com`;
    const signedUp = await ann.auth.signUp({ email, password: "correct horse" });
    expect(signedUp.error).toBeNull();
    expect((await ann.auth.signOut()).error).toBeNull();
    const signedIn = await ann.auth.signInWithPassword({ email, password: "correct horse" });
    expect(signedIn.data.user?.email).toBe(email);
    const inserted = await ann.from("notes").insert({ body: `of ${name}` }).select("body, user_id").single();
    expect(inserted.data).toEqual({ body: `of ${name}`, user_id: signedIn.data.user!.id });

    const bob = supabase(url, anonKey);
    await bob.auth.signUp({ email: `bob@${name}.example.com`, password: "battery staple" });
    expect((await bob.from("notes").select()).data).toEqual([]);
    expect((await bob.from("notes").insert({ body: "as ann", user_id: signedIn.data.user!.id })).error?.code).toBe("42501");
    expect((await ann.from("notes").select("body")).data).toEqual([{ body: `of ${name}` }]);
  });

  test("a wrong password is refused", async () => {
    const { url, anonKey } = projects[name]!;
    const { error } = await supabase(url, anonKey).auth.signInWithPassword({ email: `ann@${name}.example.com`, password: "wrong" });
    expect(error?.code).toBe("invalid_credentials");
  });

  test("the service key is an admin, the anon key is not", async () => {
    const { url, anonKey, serviceRoleKey } = projects[name]!;
    expect((await supabase(url, serviceRoleKey).auth.admin.listUsers()).error).toBeNull();
    expect((await supabase(url, anonKey).auth.admin.listUsers()).error?.status).toBeGreaterThanOrEqual(401);
  });
});

describe("isolation", () => {
  test.each(["anonKey", "serviceRoleKey"] as const)("blog's %s at docs' address is 401 from the gateway, and 200 at its own", async (key) => {
    const apikey = projects.blog![key];
    for (const path of ["/rest/v1/hits", "/auth/v1/settings"]) {
      const refused = await get(projects.docs!.url + path, { apikey });
      expect([refused.status, await refused.text()]).toEqual([401, '{"message":"Invalid API key"}']);
      expect((await get(projects.blog!.url + path, { apikey })).status).toBe(200);
    }
  });

  test("docs' own key with a token of a blog user: the services' own refusal, and no row", async () => {
    const { data } = await supabase(projects.blog!.url, projects.blog!.anonKey).auth.signUp({ email: "eve@blog.example.com", password: "correct horse" });
    const headers = { apikey: projects.docs!.anonKey, authorization: `Bearer ${data.session!.access_token}` };
    const rest = await get(`${projects.docs!.url}/rest/v1/hits`, headers);
    expect([rest.status, ((await rest.json()) as { code: string }).code]).toEqual([401, "PGRST301"]);
    const auth = await get(`${projects.docs!.url}/auth/v1/user`, headers);
    expect([auth.status, ((await auth.json()) as { error_code: string }).error_code]).toEqual([403, "bad_jwt"]);
    const own = await get(`${projects.blog!.url}/auth/v1/user`, { ...headers, apikey: projects.blog!.anonKey });
    expect(own.status).toBe(200);
  });

  test.each(["publishableKey", "secretKey"] as const)("blog's %s is its key of the new kind, and nobody else's", async (key) => {
    const { url, [key]: apikey } = projects.blog!;
    expect((await get(`${url}/rest/v1/hits`, { apikey })).status).toBe(200);
    expect((await get(`${url}/rest/v1/`, { apikey })).status).toBe(key === "secretKey" ? 200 : 403);
    expect((await get(`${projects.docs!.url}/rest/v1/hits`, { apikey })).status).toBe(401);
    const { error } = await supabase(url, apikey).auth.admin.listUsers();
    expect(error?.status).toBe(key === "secretKey" ? undefined : 403);
  });

  test("the token behind a new key opens nothing by itself", async () => {
    const { url, secretKey } = projects.blog!;
    await ownerSql(projects.blog!, "create or replace function public.token() returns text language sql as $$ select current_setting('request.headers')::json ->> 'authorization' $$");
    await ownerSql(projects.blog!, "notify pgrst, 'reload schema'");
    const client = supabase(url, secretKey);
    let authorization: string | null = null;
    while (authorization === null) authorization = (await client.rpc("token")).data as string | null;
    const token = authorization.replace("Bearer ", "");
    expect(token.split(".")).toHaveLength(3);
    expect((await get(`${url}/rest/v1/hits`, { apikey: token })).status).toBe(401);
  });

  test("on the common host a key alone says whose request it is, and without one there is nobody", async () => {
    const common = projects.blog!.url.replace("blog.", "api.");
    for (const { anonKey, publishableKey, url } of [projects.blog!, projects.docs!]) {
      for (const apikey of [anonKey, publishableKey]) {
        const settings = await get(`${common}/auth/v1/settings`, { apikey });
        expect(settings.status).toBe(200);
      }
      const marker = `of ${url}`;
      const written = await fetch(`${common}/rest/v1/hits`, { method: "POST", headers: { apikey: anonKey, ...json }, body: JSON.stringify({ client: marker }) });
      expect(written.status).toBe(201);
    }
    expect((await ownerSql(projects.blog!, "select client from hits where client like 'of %'")).rows).toEqual([{ client: `of ${projects.blog!.url}` }]);
    expect((await ownerSql(projects.docs!, "select client from hits where client like 'of %'")).rows).toEqual([{ client: `of ${projects.docs!.url}` }]);
    for (const path of ["/auth/v1/verify", "/rest/v1/hits", "/"]) expect((await get(common + path)).status).toBe(401);
  });

  test("an unknown address is 404", async () => {
    const response = await get(projects.blog!.url.replace("blog.", "nobody."), { apikey: projects.blog!.anonKey });
    expect(response.status).toBe(404);
  });

  test("however the address is written, it is the one project's or nobody's", async () => {
    const { anonKey } = projects.blog!;
    const port = stack.httpPort;
    const ask = (target: string, ...hosts: string[]) => rawStatus(port, target, hosts, anonKey);
    const path = "/auth/v1/settings";
    expect(await ask(path, `blog.localhost:${port}`)).toBe(200);
    expect(await ask(path, "BLOG.LocalHost")).toBe(200);
    expect(await ask(path, "blog.localhost.")).toBe(200);
    expect(await ask(`http://blog.localhost${path}`, "docs.localhost")).toBe(200);
    expect(await ask(`http://docs.localhost${path}`, "blog.localhost")).toBe(401);
    expect(await ask(path, "docs.localhost")).toBe(401);
    for (const host of ["xblog.localhost", "blog.localhost.evil.example", "localhost", "127.0.0.1", "[::1]"]) expect([host, await ask(path, host)]).toEqual([host, 404]);
    expect(await ask(path, "blog.localhost", "docs.localhost")).toBe(400);
    expect(await ask(path, "")).toBe(400);
    expect(await ask(path)).toBe(400);
  });

  test.each(["owner", "authenticator", "auth_admin", "storage_admin", "realtime"])("blog_%s connects to blog and to nothing else", async (suffix) => {
    const role = `blog_${suffix}`;
    await withLogin(role, async (connectTo) => {
      expect(await connectTo("blog")).toBe("connected");
      for (const database of ["docs", "postgres", "template1", "supabase_template"])
        expect([database, await connectTo(database)]).toEqual([database, expect.stringMatching(/permission denied for database|not currently accepting connections/)]);
    });
  });

  /** Gives the role a second, known password for the time of `run`: only the owner's is an output. */
  async function withLogin(role: string, run: (connectTo: (database: string) => Promise<string>) => Promise<void>) {
    const hash = await stack.sql("postgres", `select rolpassword from pg_authid where rolname = '${role}'`);
    await stack.sql("postgres", `alter role ${role} password 'of the test'`);
    try {
      await run(async (database) => {
        const client = new pg.Client({ host: "127.0.0.1", port: stack.postgresPort, user: role, password: "of the test", database });
        try {
          await client.connect();
          return "connected";
        } catch (error) {
          return (error as Error).message;
        } finally {
          await client.end().catch(() => {});
        }
      });
    } finally {
      await stack.sql("postgres", `alter role ${role} password '${hash}'`);
    }
  }
});

describe("nothing to do is nothing done", () => {
  test("a second up", async () => {
    await stack.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  });
  test("preview --refresh", async () => {
    await stack.pulumi(["preview", "--refresh", "--expect-no-changes", "--diff"]);
  });
});

describe("a third project", () => {
  const requests = (): LoadRequest[] =>
    ["blog", "docs"].flatMap((name) => {
      const { url, anonKey } = projects[name]!;
      const headers = { apikey: anonKey, ...json };
      return [
        { url: `${url}/rest/v1/hits?select=id&limit=1`, method: "GET", headers },
        { url: `${url}/auth/v1/settings`, method: "GET", headers },
        { url: `${url}/rest/v1/hits`, method: "POST", headers: { ...headers, prefer: "return=minimal" }, body: '{"client":"load"}' },
      ] satisfies LoadRequest[];
    });

  test("comes and goes, and nothing of the others is touched", async () => {
    const load = new Load(requests());
    await stack.writeProjects(THREE);
    const steps = await stack.preview();
    await stack.up();
    await sleep(5_000);
    const { requests: count, failures } = await load.stop();

    expect(steps.map(({ op }) => op).filter((op) => op !== "create")).toEqual([]);
    expect(steps.map(({ urn }) => urn.split("::").at(-1)).filter((name) => !name!.startsWith("shop-eu"))).toEqual([]);
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(2_000);
    const shop = (await stack.outputs())["shop-eu"]!;
    expect(shop.database).toBe("shop_eu");
    await createTables(shop);
    await removeThird();
  });

  test("control: a container that stops makes the same load fail", async () => {
    const load = new Load(requests());
    await sleep(500);
    const rest = await docker("ps", "--quiet", "--filter", `label=indie-ventures.stack=${stack.name}`, "--filter", "label=indie-ventures.project=blog", "--filter", "label=indie-ventures.service=rest");
    await docker("stop", "--time", "0", rest);
    await sleep(2_000);
    await docker("start", rest);
    const { failures } = await load.stop();
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.every((failure) => failure.includes("http://blog."))).toBe(true);
  });

  async function removeThird() {
    const load = new Load(requests());
    await stack.writeProjects(TWO);
    await stack.up();
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    expect((await stack.ours()).filter((name) => name.includes("shop-eu"))).toEqual([]);
    expect(await stack.sql("postgres", "select datname from pg_database where datname = 'shop_eu'")).toBe("");
  }
});

describe("a project that is suspended", () => {
  const setState = (name: string, state: string) => stack.writeProjects(TWO.replace(`name: ${name}\n`, `name: ${name}\n    state: ${state}\n`));
  const suspended = [503, '{"message":"The project docs is suspended"}'];
  const answer = async (url: string, apikey: string) => {
    const response = await get(`${url}/rest/v1/notes?select=id&limit=1`, { apikey });
    return [response.status, response.status === 503 ? await response.text() : ""];
  };

  test("does not run, says so, keeps all, and comes back with its keys and sessions; the other notices nothing", async () => {
    const { url, anonKey, serviceRoleKey } = projects.docs!;
    const common = projects.docs!.url.replace("docs.", "api.");
    const user = supabase(url, anonKey);
    const { data } = await user.auth.signUp({ email: "kept@docs.example.com", password: "correct horse" });
    await user.from("notes").insert({ body: "kept" });
    const storage = supabase(url, serviceRoleKey).storage;
    await storage.createBucket("kept");
    const file = Buffer.from("the bytes of a file");
    expect((await storage.from("kept").upload("a file.txt", file, { contentType: "text/plain" })).error).toBeNull();

    await setState("docs", "suspended");
    const steps = await stack.preview();
    expect(steps.map(({ urn }) => urn.split("::").at(-1)!).filter((name) => !name.startsWith("docs"))).toEqual([]);
    const load = new Load([{ url: `${projects.blog!.url}/rest/v1/hits?select=id&limit=1`, method: "GET", headers: { apikey: projects.blog!.anonKey } }]);
    await stack.up();
    expect((await stack.ours()).filter((name) => name.startsWith("container ") && name.includes("docs"))).toEqual([]);
    for (const address of [url, common]) expect(await answer(address, anonKey)).toEqual(suspended);
    expect((await user.from("notes").select()).status).toBe(503);
    expect((await ownerSql(projects.docs!, "select body from notes where body = 'kept'")).rows).toEqual([{ body: "kept" }]);
    expect((await stack.outputs()).docs).toMatchObject({ state: "suspended", anonKey });

    await setState("docs", "present");
    await stack.up();
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    expect((await stack.outputs()).docs).toEqual(projects.docs);
    for (const address of [url, common]) expect(await answer(address, anonKey)).toEqual([200, ""]);
    expect((await user.auth.getUser(data.session!.access_token)).data.user?.email).toBe("kept@docs.example.com");
    expect((await user.auth.refreshSession()).error).toBeNull();
    expect((await user.from("notes").select("body")).data).toEqual([{ body: "kept" }]);
    const downloaded = await storage.from("kept").download("a file.txt");
    expect([Buffer.from(await downloaded.data!.arrayBuffer()), downloaded.data!.type]).toEqual([file, "text/plain"]);
  });
});

/** The status of a request as it is written here: no client corrects its target or its Host headers. */
function rawStatus(port: number, target: string, hosts: string[], apikey: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const lines = [`GET ${target} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), `apikey: ${apikey}`, "Connection: close", "", ""];
    let answer = "";
    const socket = connect(port, "127.0.0.1");
    socket
      .on("connect", () => socket.write(lines.join("\r\n")))
      .on("data", (chunk) => (answer += String(chunk)))
      .on("error", reject)
      .on("end", () => resolve(Number(answer.split(" ")[1])));
  });
}
