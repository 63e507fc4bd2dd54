import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { ownerSql, supabase } from "./lib/clients.ts";
import { CONSISTENT, inconsistent } from "./lib/consistency.ts";
import { eventually } from "./lib/eventually.ts";
import { PASSWORD, rootKey } from "./lib/everything.ts";
import { NAMES, OLD_PRESENT, projects, ProjectsToLose } from "./lib/projectsToLose.ts";

let there: ProjectsToLose;

beforeAll(async () => {
  there = await ProjectsToLose.create();
  const { stack, backups } = there;
  await backups.done("backup", ...NAMES);
  // As `state: removed` has its logins (components/projectDatabase.ts).
  await stack.sql("postgres", "select format('alter role %I nologin', rolname) from pg_roles where rolname like 'old\\_%' \\gexec");
  await backups.done("remove", "old");
  await backups.done("purge", "old");
});

afterAll(async () => {
  await there?.remove();
});

describe("a server that is lost, and its state with it", () => {
  test("all projects come back from the repository on an empty one: passwords, tokens, files with their types, grants", async () => {
    const [lost, lostKey] = [there.stack, await rootKey(there.stack)];
    await lost.remove();
    expect(existsSync(lost.directory)).toBe(false);
    await there.newStack("projects: []\n");
    const { stack, backups, before } = there;
    const saved = JSON.parse(await backups.answer("seeds")) as Record<string, { seed: string }>;
    expect(Object.keys(saved)).toEqual(["blog", "old", "shop"]);
    for (const [name, { seed }] of Object.entries(saved)) await stack.pulumi(["config", "set", "--secret", `indie-ventures:seeds.${name}`], { input: seed, stdin: undefined });
    await stack.writeProjects(`${projects()}${OLD_PRESENT}  - { name: blog-copy, architecture: shared }\n`);
    await stack.up();
    await there.readOutputs();
    await backups.done("restore", "blog", "shop", "old", "--without-safety-backup");
    for (const name of NAMES) {
      expect(await inconsistent(stack, backups, name, there.outputs[name])).toEqual(CONSISTENT);
      await ownerSql(there.outputs[name], "delete from hits");
      await eventually(() => there.everythingOf(name), before[name]);
    }
    expect(await rootKey(stack)).not.toBe(lostKey);
    // Also the one that was purged.
    expect((await ownerSql((await stack.outputs()).old!, "select answer from kept")).rows).toEqual([{ answer: 42 }]);
  });

  test("a backup of one project becomes another's, with its own owner and keys", async () => {
    const { stack, backups, outputs } = there;
    const copy = (await stack.outputs())["blog-copy"]!;
    expect(copy.anonKey).not.toBe(outputs.blog.anonKey);
    expect(await backups.done("restore", "blog-copy", "--from", "blog", "--without-safety-backup")).toContain("it has other keys than the backup");
    const { error } = await supabase(copy.url, copy.anonKey).auth.signInWithPassword({ email: "me@blog.example.com", password: PASSWORD });
    expect(error).toBeNull();
    expect((await ownerSql(copy, "select tableowner from pg_tables where tablename = 'moods'")).rows).toEqual([{ tableowner: "blog_copy_owner" }]);
    const object = await supabase(copy.url, copy.serviceRoleKey).storage.from("pictures").download("a folder/of blog.bin");
    expect([object.error, object.data?.type]).toEqual([null, "image/x-own"]);
  });
});
