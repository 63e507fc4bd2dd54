// `migrations` in projects.yaml: the real supabase CLI applies them on `pulumi up`, each project for itself. The first of it: test/e2e.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { rm } from "node:fs/promises";
import { planned } from "../../cli/plan.ts";
import { runner } from "../../cli/run.ts";
import { BackupContainer } from "../e2e/lib/backupContainer.ts";
import { ownerSql, supabase } from "../e2e/lib/clients.ts";
import { eventually } from "../e2e/lib/eventually.ts";
import { applied, FAILS, FOUR, MigratedStack, ONE, table, tables, THREE, TWO } from "../e2e/lib/migrations.ts";

const projects = (siteUrl = "http://docs.example.com") => `projects:
  - { name: blog, architecture: shared, migrations: ./supabase/blog }
  - { name: docs, architecture: shared, migrations: supabase/docs, auth: { siteUrl: "${siteUrl}" } }
  - { name: shop, architecture: isolated, migrations: supabase/shop }
`;

const FIVE = "20260105000000_five.sql";

let there: MigratedStack;

beforeAll(async () => {
  there = await MigratedStack.create(projects());
});

afterAll(() => there?.stack.remove());

describe("migrations", () => {
  test("a folder that is not there, and a name that is none, are refused with their place", async () => {
    await there.write("blog", { [ONE]: table("one"), "two.sql": "select 2;" });
    await there.write("docs", { [ONE]: table("one") });
    const { exitCode, text } = await there.said("preview");
    expect(exitCode).not.toBe(0);
    expect(text).toContain('projects.yaml:2:53  project "blog"  migrations: "two.sql" in supabase/blog has no name of a migration → <timestamp>_<name>.sql');
    expect(text).toContain('projects.yaml:4:55  project "shop"  migrations: supabase/shop can not be read (ENOENT) → make the folder');
    await rm(there.path("blog", "two.sql"));
  });

  test("the preview of a new server names them, and makes nothing", async () => {
    await there.write("blog", { [TWO]: table("two"), "README.md": "not a migration" });
    await there.write("shop", { [ONE]: `${table("one")}create trigger signed_up after insert on auth.users for each row execute function suppress_redundant_updates_trigger();` });
    const { exitCode, text } = await there.said("preview");
    expect({ exitCode, text }).toEqual({ exitCode: 0, text: expect.stringMatching(new RegExp(`2 migrations wait for this update, from supabase/blog:\\s+${ONE}\\s+${TWO}`)) });
    expect(await there.stack.ours()).toEqual([]);
  });

  test("an update applies them in order, once; the API knows the tables", async () => {
    await there.stack.up();
    const { blog, docs, shop } = await there.stack.outputs();
    expect(await applied(blog!)).toEqual([ONE, TWO]);
    expect(await applied(docs!)).toEqual([ONE]);
    expect(await applied(shop!)).toEqual([ONE]);
    expect((await ownerSql(blog!, "select nspowner::regrole::text as owner from pg_namespace where nspname = 'supabase_migrations'")).rows).toEqual([{ owner: "blog_owner" }]);
    for (const project of [blog!, docs!, shop!])
      await eventually(async () => (await supabase(project.url, project.serviceRoleKey).from("one").select("note")).data, [{ note: "one" }]);
    expect(await there.stack.preview()).toEqual([]);
  });

  test("one that fails stops its project, and no other", async () => {
    await there.write("blog", { [THREE]: FAILS, [FOUR]: table("four") });
    await there.write("docs", { [TWO]: table("two") });
    await there.write("shop", { [TWO]: table("two") });
    await there.stack.writeProjects(projects("http://docs.example.net"));
    const waiting = await there.said("preview");
    expect(waiting.text).toMatch(new RegExp(`2 migrations wait for this update, from supabase/blog:\\s+${THREE}\\s+${FOUR}`));
    expect(waiting.text).toMatch(new RegExp(`1 migration waits for this update, from supabase/shop:\\s+${TWO}`));
    const parts = { run: runner(there.stack.directory, there.stack.env), env: there.stack.env, folder: there.stack.directory };
    const { text: plan } = await planned(parts, { stack: there.stack.name, format: "text", pulumiArgs: [], policies: false });
    expect(plan).toContain(`blog: changed\n  · 2 migrations are applied: ${THREE}, ${FOUR}\n    changed: migrations\n`);
    expect(plan).toContain(`shop: changed\n  · 1 migration is applied: ${TWO}\n`);
    const { blog } = await there.stack.outputs();
    expect(await tables(blog!)).toEqual(["one", "two"]);

    const failed = await there.up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.text).toContain(`project "blog": migration supabase/blog/${THREE} failed.`);
    expect(failed.text).toContain(`Not applied either: ${FOUR}.`);
    expect(failed.text).toMatch(/relation "nowhere" does not exist[^]*insert into nowhere values \('lost'\)/);
    const { docs, shop } = await there.stack.outputs();
    expect(await tables(blog!)).toEqual(["one", "two"]);
    expect([await applied(docs!), await applied(shop!)]).toEqual([[ONE, TWO], [ONE, TWO]]);
    expect((await supabase(blog!.url, blog!.serviceRoleKey).from("two").select("note")).data).toEqual([{ note: "two" }]);
    // The change of another project went through.
    expect((await fetch(`${docs!.url}/auth/v1/settings`, { headers: { apikey: docs!.anonKey } })).status).toBe(200);
    expect((await there.stack.preview()).filter(({ op, urn }) => !urn.includes("blog-migrations") && !op.startsWith("delete"))).toEqual([]);
  });

  test("the same again fails again; mended, it goes on where it was", async () => {
    const again = await there.up();
    expect([again.exitCode === 0, again.text.includes(`migration supabase/blog/${THREE} failed.`)]).toEqual([false, true]);
    // What failed is no news to who only looks.
    expect((await there.said("refresh", "--yes")).exitCode).toBe(0);
    await there.write("blog", { [THREE]: table("three") });
    await there.stack.up();
    const { blog } = await there.stack.outputs();
    expect(await applied(blog!)).toEqual([ONE, TWO, THREE, FOUR]);
    expect(await there.stack.preview()).toEqual([]);
  });

  test("a backup with what was applied is proven, and a database that was restored knows what it has had", async () => {
    const backups = new BackupContainer(there.stack);
    expect(await backups.done("backup", "blog")).toMatch(/^blog: backup \d{8}T\d{6}Z is proven/m);
    const { blog } = await there.stack.outputs();
    await ownerSql(blog!, "drop schema supabase_migrations cascade; drop table four");
    expect((await there.said("preview")).text).toContain("4 migrations wait for this update, from supabase/blog");
    await backups.done("restore", "blog", "--without-safety-backup");
    expect(await applied(blog!)).toEqual([ONE, TWO, THREE, FOUR]);
    expect(await there.stack.preview()).toEqual([]);
  });

  test("a file that was changed after it was applied is refused, and so is one that is gone or comes too late", async () => {
    await there.write("blog", { [ONE]: `${table("one")}-- changed\n`, [FIVE]: table("five") });
    await there.write("docs", { "20260101120000_late.sql": table("late") });
    await rm(there.path("shop", ONE));
    expect((await there.said("preview")).text).toContain(`the update will apply no migration and end with an error, as what is in supabase/blog is another text than the one that was applied: ${ONE}`);
    const { exitCode, text } = await there.up();
    expect(exitCode).not.toBe(0);
    expect(text).toContain(`project "blog": no migration was applied: what is in supabase/blog is another text than the one that was applied: ${ONE}.`);
    expect(text).toContain(`project "docs": no migration was applied: supabase/docs has migrations that are older than the newest applied one: 20260101120000_late.sql.`);
    expect(text).toContain(`project "shop": no migration was applied: the database has had migrations that supabase/shop has not: ${ONE}.`);
    const { blog } = await there.stack.outputs();
    expect(await tables(blog!)).toEqual(["four", "one", "three", "two"]);
  });

  test("no password of an owner is in the state or in what was said", async () => {
    const { stdout } = await there.stack.pulumi(["stack", "export"]);
    for (const { dbUrl } of Object.values(await there.stack.outputs())) expect(String(stdout)).not.toContain(new URL(dbUrl).password);
  });
});
