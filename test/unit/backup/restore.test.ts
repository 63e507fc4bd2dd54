import { expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BackupProject, RESTORING } from "../../../images/backup/project.ts";
import { isExchanged, moveAll, replacedDatabase } from "../../../images/backup/restore.ts";

test("files take their place also where an upload that was under way has made a folder of the name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "indie-ventures-move-"));
  const [from, to, late] = ["from", "to", "late"].map((name) => join(folder, name)) as [string, string, string];
  for (const [place, text] of [[from, "restored"], [to, "upload"]] as const) {
    await mkdir(join(place, "pictures"), { recursive: true });
    await writeFile(join(place, "pictures", "one"), text);
  }
  await moveAll(from, to, late);
  // And once more, as after a kill.
  await moveAll(from, to, late);
  expect(await readFile(join(to, "pictures", "one"), "utf8")).toBe("restored");
  await rm(folder, { recursive: true });
});

const project = (database: string) => ({ name: database.replaceAll("_", "-"), database, restoringDatabase: `${RESTORING}${database}` }) as BackupProject;

test("the database that a restore puts out of use has the name of no other, however a project is called", () => {
  const [blog, other] = [project("blog"), project("blog_old")];
  const all = [blog, other].flatMap((each) => [each.database, each.restoringDatabase, replacedDatabase(each)]);
  expect(new Set(all).size).toBe(6);
});

test("an exchange is done where what it replaced is there; where neither is, nothing is said to be restored", () => {
  const isDone = (...there: string[]) => isExchanged(new Map(there.map((name) => [name, -1])), project("blog"));
  expect(isDone("blog", "supabase_restore_blog")).toBe(false);
  expect([isDone("blog", "supabase_replaced_blog"), isDone("blog", "supabase_restore_blog_old")]).toEqual([true, true]);
  expect(() => isDone("blog")).toThrow('blog: the restored database supabase_restore_blog is gone, and "blog" was not exchanged for it');
});
