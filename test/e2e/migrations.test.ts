// `migrations` in projects.yaml: the real supabase CLI applies them on `pulumi up`, each project for itself. What else there is of it: test/long.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { supabase } from "./lib/clients.ts";
import { eventually } from "./lib/eventually.ts";
import { applied, FAILS, FOUR, MigratedStack, ONE, table, tables, THREE, TWO } from "./lib/migrations.ts";

const PROJECTS = `defaults: { services: { realtime: off, studio: off } }
projects:
  - { name: blog, architecture: shared, migrations: ./supabase/blog }
  - { name: docs, architecture: shared, migrations: supabase/docs }
`;

let there: MigratedStack;

beforeAll(async () => {
  there = await MigratedStack.create(PROJECTS);
  await there.write("blog", { [ONE]: table("one"), [TWO]: table("two") });
  await there.write("docs", { [ONE]: table("one") });
});

afterAll(() => there?.stack.remove());

test("the preview names them; an update applies them in order, once; the API knows the tables", async () => {
  expect((await there.said("preview")).text).toMatch(new RegExp(`2 migrations wait for this update, from supabase/blog:\\s+${ONE}\\s+${TWO}`));
  await there.stack.up();
  const { blog, docs } = await there.stack.outputs();
  expect([await applied(blog!), await applied(docs!)]).toEqual([[ONE, TWO], [ONE]]);
  for (const project of [blog!, docs!]) await eventually(async () => (await supabase(project.url, project.serviceRoleKey).from("one").select("note")).data, [{ note: "one" }]);
  expect(await there.stack.preview()).toEqual([]);
});

test("one that fails stops its project, and no other; mended, it goes on where it was", async () => {
  await there.write("blog", { [THREE]: FAILS, [FOUR]: table("four") });
  await there.write("docs", { [TWO]: table("two") });
  const { exitCode, text } = await there.up();
  expect([exitCode === 0, text]).toEqual([false, expect.stringMatching(new RegExp(`migration supabase/blog/${THREE} failed\\.[^]*Not applied either: ${FOUR}\\.`))]);
  const { blog, docs } = await there.stack.outputs();
  expect([await tables(blog!), await applied(docs!)]).toEqual([["one", "two"], [ONE, TWO]]);
  await there.write("blog", { [THREE]: table("three") });
  await there.stack.up();
  expect(await applied(blog!)).toEqual([ONE, TWO, THREE, FOUR]);
  expect(await there.stack.preview()).toEqual([]);
});
