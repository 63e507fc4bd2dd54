import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { COMMON_HOSTS, projects } from "../../../../lib/gateway/world.ts";
import { KongModel } from "./model.ts";
import { KongScripts } from "./scripts.ts";

const SERVED = { exitCode: 0, stderr: "", stdout: "" };
const [blog, other] = projects(80) as [ReturnType<typeof projects>[number], ReturnType<typeof projects>[number]];

let scripts: KongScripts;
beforeEach(async () => {
  scripts = await KongScripts.start(COMMON_HOSTS);
});
afterEach(() => scripts.stop());

/** The status with a key at a host, by what Kong was given last. */
const status = (host: string, key = "blog-anon"): number =>
  new KongModel(scripts.loaded!).answer({ name: "", method: "GET", host, target: "/rest/v1/notes", headers: [["apikey", key]] }, "").status;

test("Kong starts with no project", async () => {
  const { services, routes } = JSON.parse(await scripts.file());
  expect(services).toEqual([]);
  expect(routes.map(({ name }: { name: string }) => name)).toEqual(["version", ...[0, 1, 2, 3, 4].map((n) => `common.first.${n}`), "common.last.0"]);
});

test("projects come and go, and the others stay", async () => {
  expect(await scripts.put(blog)).toEqual(SERVED);
  expect(await scripts.put(other)).toEqual(SERVED);
  expect([status("blog.localhost"), status("blog-eu.localhost", "blog-eu-anon"), status("api.localhost")]).toEqual([200, 200, 200]);
  // Kong starts again from what it serves.
  expect(JSON.parse(await scripts.file())).toEqual(scripts.loaded);
});

test("a container that leaves is given time, a project that changes nothing is not", async () => {
  await scripts.put(blog);
  const start = performance.now();
  expect(await scripts.put({ ...blog, hosts: ["new.localhost"] })).toEqual(SERVED);
  expect(performance.now() - start).toBeLessThan(9000);
  expect([status("blog.localhost"), status("new.localhost")]).toEqual([404, 200]);
  expect(await scripts.delete("blog")).toEqual(SERVED);
  expect(performance.now() - start).toBeGreaterThan(9000);
  expect(status("new.localhost")).toBe(404);
});

test("a host is whose claimed it last", async () => {
  await scripts.put(blog);
  await scripts.put({ ...other, hosts: [...other.hosts, "blog.example.com"] });
  expect(status("blog.example.com")).toBe(401);
  expect(status("blog.example.com", "blog-eu-anon")).toBe(200);
});

test("what Kong does not read is taken back, without a word of it", async () => {
  await scripts.put(blog);
  const [before, loads] = [await scripts.file(), scripts.loads];
  const { exitCode, stderr } = await scripts.putText("blog", 'x.localhost\n["blog"]={}\n{"a": sb_secret_blog"\n\n');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^gateway: project blog: Kong refuses the configuration: .*\. The routes are as they were\.\n$/s);
  expect(stderr).not.toContain("sb_secret");
  expect([await scripts.file(), scripts.loads]).toEqual([before, loads]);
  expect(await scripts.put(other)).toEqual(SERVED);
  expect(status("blog.localhost")).toBe(200);
});

test("what Kong does not load is taken back, and Kong is told so", async () => {
  await scripts.put(blog);
  const before = await scripts.file();
  scripts.status = 400;
  expect(await scripts.put(other)).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: "gateway: project blog-eu: Kong did not take the configuration. The routes are as they were.\n",
  });
  expect([await scripts.file(), scripts.loads]).toEqual([before, 3]);
  expect(await readdir(join(scripts.live, "kong-fragments-1"))).toEqual(["blog"]);
});

test("nobody else can read the files, which hold keys", async () => {
  await scripts.put(blog);
  for (const file of ["kong.json", "kong-fragments-1/blog"]) expect((await stat(join(scripts.live, file))).mode & 0o777).toBe(0o600);
});

test("projects that come at once all stay", async () => {
  const all = ["one", "two", "three", "four"].map((name) => ({ ...other, name, hosts: [`${name}.localhost`] }));
  expect(await Promise.all(all.map((project) => scripts.put(project)))).toEqual(all.map(() => SERVED));
  expect(all.map(({ name }) => status(`${name}.localhost`, "blog-eu-anon"))).toEqual([200, 200, 200, 200]);
});
