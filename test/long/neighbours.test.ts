import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTables, ownerSql, supabase } from "../e2e/lib/clients.ts";
import { docker, type ProjectOutputs, TestStack } from "../e2e/lib/testStack.ts";

/** One line for each project: its name, and its domains. */
const projects = (domains: Record<string, string[]>): string =>
  `projects:\n${Object.entries(domains)
    .map(([name, list]) => `  - { name: ${name}, architecture: shared, domains: [${list.join(", ")}] }\n`)
    .join("")}`;

let stack: TestStack;
let blog: ProjectOutputs;
let docs: ProjectOutputs;

beforeAll(async () => {
  stack = await TestStack.create(projects({ blog: ["one.localhost"], docs: ["two.localhost"] }));
  await stack.up();
  ({ blog, docs } = (await stack.outputs()) as { blog: ProjectOutputs; docs: ProjectOutputs });
  for (const project of [blog, docs]) await createTables(project);
});

afterAll(async () => {
  await stack?.remove();
});

test("what SQL of one project sets on the roles that all share changes nothing of another's API", async () => {
  await ownerSql(docs, "create or replace function public.slow() returns text language sql as $$ select pg_sleep(0.3)::text || 'done' $$");
  await ownerSql(blog, "set role anon; alter role anon set statement_timeout = '1ms'; alter role anon set search_path = 'nowhere'");
  await ownerSql(docs, "notify pgrst, 'reload config'; notify pgrst, 'reload schema'");
  const client = supabase(docs.url, docs.anonKey);
  // The reload is over when the function is known.
  let answer = await client.rpc("slow");
  while (answer.error?.code === "PGRST202") answer = await client.rpc("slow");
  expect([answer.error, answer.data]).toEqual([null, "done"]);
  expect((await client.from("hits").select()).error).toBeNull();
});

/** Whose database stands behind an address: who has the key that it takes. */
async function ownerOf(host: string): Promise<string> {
  const url = blog.url.replace("blog.localhost", host);
  const known: string[] = [];
  for (const [name, { anonKey }] of Object.entries(await stack.outputs()))
    if ((await fetch(`${url}/auth/v1/settings`, { headers: { apikey: anonKey } })).status === 200) known.push(name);
  return known.join(" and ") || "nobody";
}

test("domains change hands: exchanged, moved either way, and from a project that goes to one that comes", async () => {
  await stack.writeProjects(projects({ blog: ["two.localhost"], docs: ["one.localhost"] }));
  await stack.up();
  expect([await ownerOf("one.localhost"), await ownerOf("two.localhost")]).toEqual(["docs", "blog"]);

  await stack.writeProjects(projects({ blog: [], docs: ["one.localhost", "two.localhost"] }));
  await stack.up();
  expect([await ownerOf("one.localhost"), await ownerOf("two.localhost")]).toEqual(["docs", "docs"]);

  await stack.writeProjects(projects({ blog: ["one.localhost", "two.localhost"], docs: [] }));
  await stack.up();
  expect([await ownerOf("one.localhost"), await ownerOf("two.localhost")]).toEqual(["blog", "blog"]);

  await stack.writeProjects(projects({ blog: ["one.localhost"], docs: ["two.localhost"] }));
  await stack.up();
  await stack.writeProjects(projects({ blog: ["one.localhost"], shop: ["two.localhost"] }));
  await stack.up();
  expect([await ownerOf("one.localhost"), await ownerOf("two.localhost"), await ownerOf("docs.localhost")]).toEqual(["blog", "shop", "nobody"]);
  await stack.pulumi(["preview", "--expect-no-changes"]);
});

test("what others granted to a project's roles, and a database made a template, do not keep it from being removed", async () => {
  const { shop } = (await stack.outputs()) as { shop: ProjectOutputs };
  await ownerSql(blog, "alter default privileges for role blog_auth_admin grant all on tables to shop_owner; grant select on hits to shop_authenticator");
  await ownerSql(shop, "alter database shop is_template true");
  await stack.writeProjects(projects({ blog: ["one.localhost"] }));
  await stack.up();
  expect(await stack.sql("postgres", "select rolname from pg_roles where rolname like 'shop%' union select datname from pg_database where datname = 'shop'")).toBe("");
  expect((await ownerSql(blog, "select count(*)::int as rows from hits")).rows).toEqual([{ rows: 0 }]);
});

test("a gateway that is stopped is no gateway that is gone: nothing is taken away from it unseen", async () => {
  await stack.writeProjects(projects({ blog: [], docs: [] }));
  await stack.up();
  const gateway = await docker("ps", "--quiet", "--filter", `label=indie-ventures.stack=${stack.name}`, "--filter", "label=indie-ventures.service=gateway");
  await docker("stop", gateway);
  await stack.writeProjects(projects({ blog: [] }));
  const refused = await stack.pulumi(["up", "--yes", "--skip-preview"], { reject: false });
  expect([refused.exitCode === 0, String(refused.all)]).toEqual([false, expect.stringContaining("The gateway of this server does not run.")]);
  await docker("start", gateway);
  await stack.up();
  expect(await ownerOf("docs.localhost")).toBe("nobody");
  expect(await ownerOf("blog.localhost")).toBe("blog");
});
