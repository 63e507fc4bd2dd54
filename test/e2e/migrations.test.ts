// `migrations` in projects.yaml: the real supabase CLI applies them on `pulumi up`, each project for itself.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { planned } from "../../cli/plan.ts";
import { runner } from "../../cli/run.ts";
import { BackupContainer } from "./lib/backupContainer.ts";
import { ownerSql, supabase } from "./lib/clients.ts";
import { eventually } from "./lib/eventually.ts";
import { type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const projects = (siteUrl = "http://docs.example.com") => `projects:
  - { name: blog, architecture: shared, migrations: ./supabase/blog }
  - { name: docs, architecture: shared, migrations: supabase/docs, auth: { siteUrl: "${siteUrl}" } }
  - { name: shop, architecture: isolated, migrations: supabase/shop }
`;

const ONE = "20260101000000_one.sql";
const TWO = "20260102000000_two.sql";
const THREE = "20260103000000_three.sql";
const FOUR = "20260104000000_four.sql";
const FIVE = "20260105000000_five.sql";
const table = (name: string) => `create table public.${name} (id bigint primary key, note text);\ninsert into ${name} values (1, '${name}');\n`;
const FAILS = `-- all of it or nothing\n${table("three")}insert into nowhere values ('lost');\n`;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.create(projects());
});

afterAll(() => stack?.remove());

const path = (project: string, file: string) => join(stack.directory, "supabase", project, file);

async function write(project: string, files: Record<string, string>): Promise<void> {
  await mkdir(path(project, ""), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path(project, file), text);
}

/** What the CLI noted, in the order in which it did. */
async function applied(project: ProjectOutputs): Promise<string[]> {
  const { rows } = await ownerSql(project, "select version || '_' || name || '.sql' as file from supabase_migrations.schema_migrations order by ctid");
  return rows.map(({ file }) => file);
}

const tables = async (project: ProjectOutputs): Promise<string[]> =>
  (await ownerSql(project, "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1")).rows.map(({ relname }) => relname);

/** Everything that Pulumi says; of an update that fails, too. */
async function said(...args: string[]): Promise<{ exitCode: number | undefined; text: string }> {
  const { exitCode, all } = await stack.pulumi(args, { reject: false });
  return { exitCode, text: String(all) };
}

const up = () => said("up", "--yes", "--skip-preview");

describe("migrations", () => {
  test("a folder that is not there, and a name that is none, are refused with their place", async () => {
    await write("blog", { [ONE]: table("one"), "two.sql": "select 2;" });
    await write("docs", { [ONE]: table("one") });
    const { exitCode, text } = await said("preview");
    expect(exitCode).not.toBe(0);
    expect(text).toContain('projects.yaml:2:53  project "blog"  migrations: "two.sql" in supabase/blog has no name of a migration → <timestamp>_<name>.sql');
    expect(text).toContain('projects.yaml:4:55  project "shop"  migrations: supabase/shop can not be read (ENOENT) → make the folder');
    await rm(path("blog", "two.sql"));
  });

  test("the preview of a new server names them, and makes nothing", async () => {
    await write("blog", { [TWO]: table("two"), "README.md": "not a migration" });
    await write("shop", { [ONE]: `${table("one")}create trigger signed_up after insert on auth.users for each row execute function suppress_redundant_updates_trigger();` });
    const { exitCode, text } = await said("preview");
    expect({ exitCode, text }).toEqual({ exitCode: 0, text: expect.stringMatching(new RegExp(`2 migrations wait for this update, from supabase/blog:\\s+${ONE}\\s+${TWO}`)) });
    expect(await stack.ours()).toEqual([]);
  });

  test("an update applies them in order, once; the API knows the tables", async () => {
    await stack.up();
    const { blog, docs, shop } = await stack.outputs();
    expect(await applied(blog!)).toEqual([ONE, TWO]);
    expect(await applied(docs!)).toEqual([ONE]);
    expect(await applied(shop!)).toEqual([ONE]);
    expect((await ownerSql(blog!, "select nspowner::regrole::text as owner from pg_namespace where nspname = 'supabase_migrations'")).rows).toEqual([{ owner: "blog_owner" }]);
    for (const project of [blog!, docs!, shop!])
      await eventually(async () => (await supabase(project.url, project.serviceRoleKey).from("one").select("note")).data, [{ note: "one" }]);
    expect(await stack.preview()).toEqual([]);
  });

  test("one that fails stops its project, and no other", async () => {
    await write("blog", { [THREE]: FAILS, [FOUR]: table("four") });
    await write("docs", { [TWO]: table("two") });
    await write("shop", { [TWO]: table("two") });
    await stack.writeProjects(projects("http://docs.example.net"));
    const waiting = await said("preview");
    expect(waiting.text).toMatch(new RegExp(`2 migrations wait for this update, from supabase/blog:\\s+${THREE}\\s+${FOUR}`));
    expect(waiting.text).toMatch(new RegExp(`1 migration waits for this update, from supabase/shop:\\s+${TWO}`));
    const parts = { run: runner(stack.directory, stack.env), env: stack.env, folder: stack.directory };
    const { text: plan } = await planned(parts, { stack: stack.name, format: "text", pulumiArgs: [] });
    expect(plan).toContain(`blog: changed\n  · 2 migrations are applied: ${THREE}, ${FOUR}\n    changed: migrations\n`);
    expect(plan).toContain(`shop: changed\n  · 1 migration is applied: ${TWO}\n`);
    const { blog } = await stack.outputs();
    expect(await tables(blog!)).toEqual(["one", "two"]);

    const failed = await up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.text).toContain(`project "blog": migration supabase/blog/${THREE} failed.`);
    expect(failed.text).toContain(`Not applied either: ${FOUR}.`);
    expect(failed.text).toMatch(/relation "nowhere" does not exist[^]*insert into nowhere values \('lost'\)/);
    const { docs, shop } = await stack.outputs();
    expect(await tables(blog!)).toEqual(["one", "two"]);
    expect([await applied(docs!), await applied(shop!)]).toEqual([[ONE, TWO], [ONE, TWO]]);
    expect((await supabase(blog!.url, blog!.serviceRoleKey).from("two").select("note")).data).toEqual([{ note: "two" }]);
    // The change of another project went through.
    expect((await fetch(`${docs!.url}/auth/v1/settings`, { headers: { apikey: docs!.anonKey } })).status).toBe(200);
    expect((await stack.preview()).filter(({ op, urn }) => !urn.includes("blog-migrations") && !op.startsWith("delete"))).toEqual([]);
  });

  test("the same again fails again; mended, it goes on where it was", async () => {
    const again = await up();
    expect([again.exitCode === 0, again.text.includes(`migration supabase/blog/${THREE} failed.`)]).toEqual([false, true]);
    // What failed is no news to who only looks.
    expect((await said("refresh", "--yes")).exitCode).toBe(0);
    await write("blog", { [THREE]: table("three") });
    await stack.up();
    const { blog } = await stack.outputs();
    expect(await applied(blog!)).toEqual([ONE, TWO, THREE, FOUR]);
    expect(await stack.preview()).toEqual([]);
  });

  test("a backup with what was applied is proven, and a database that was restored knows what it has had", async () => {
    const backups = new BackupContainer(stack);
    expect(await backups.done("backup", "blog")).toMatch(/^blog: backup \d{8}T\d{6}Z is proven/m);
    const { blog } = await stack.outputs();
    await ownerSql(blog!, "drop schema supabase_migrations cascade; drop table four");
    expect((await said("preview")).text).toContain("4 migrations wait for this update, from supabase/blog");
    await backups.done("restore", "blog", "--without-safety-backup");
    expect(await applied(blog!)).toEqual([ONE, TWO, THREE, FOUR]);
    expect(await stack.preview()).toEqual([]);
  });

  test("a file that was changed after it was applied is refused, and so is one that is gone or comes too late", async () => {
    await write("blog", { [ONE]: `${table("one")}-- changed\n`, [FIVE]: table("five") });
    await write("docs", { "20260101120000_late.sql": table("late") });
    await rm(path("shop", ONE));
    expect((await said("preview")).text).toContain(`the update will apply no migration and end with an error, as what is in supabase/blog is another text than the one that was applied: ${ONE}`);
    const { exitCode, text } = await up();
    expect(exitCode).not.toBe(0);
    expect(text).toContain(`project "blog": no migration was applied: what is in supabase/blog is another text than the one that was applied: ${ONE}.`);
    expect(text).toContain(`project "docs": no migration was applied: supabase/docs has migrations that are older than the newest applied one: 20260101120000_late.sql.`);
    expect(text).toContain(`project "shop": no migration was applied: the database has had migrations that supabase/shop has not: ${ONE}.`);
    const { blog } = await stack.outputs();
    expect(await tables(blog!)).toEqual(["four", "one", "three", "two"]);
  });

  test("no password of an owner is in the state or in what was said", async () => {
    const { stdout } = await stack.pulumi(["stack", "export"]);
    for (const { dbUrl } of Object.values(await stack.outputs())) expect(String(stdout)).not.toContain(new URL(dbUrl).password);
  });
});
