import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PassingFiles } from "../../../images/backup/passingFiles.ts";
import { objectPath, type StoredObject } from "../../../images/backup/places.ts";
import { Disturbed } from "../../../images/backup/stop.ts";

let root: string;
let folder: string;
let kept: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "indie-ventures-passing-"));
  [folder, kept] = [join(root, "files/blog"), join(root, "files/.saving-blog/files/blog")];
  await mkdir(folder, { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const object = (name: string, version = "v1"): StoredObject => ({ bucket_id: "pictures", name, version });
async function put(one: StoredObject, text = one.name): Promise<StoredObject> {
  const file = join(folder, objectPath(one));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return one;
}
async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
const passing = (since: number, saved: readonly StoredObject[] = []) => new PassingFiles({ folder, kept, since, saved: () => each(saved.map(objectPath)) });
const keep = (files: PassingFiles, objects: readonly StoredObject[]) => files.keep(each(objects), new AbortController().signal);
const filesBelow = async (path: string) =>
  (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => relative(path, join(entry.parentPath, entry.name))).sort();

describe("files that are newer than what was saved before", () => {
  test("are kept when they are deleted a moment later, with the rights of their folders; older ones are not", async () => {
    const old = await put(object("old.jpg"));
    await sleep(50);
    const since = Date.now();
    await sleep(50);
    const newer = await put(object("a folder/new.jpg"), "new");
    await chmod(join(folder, "pictures/a folder"), 0o751);
    // Times that anyone may set say nothing.
    await utimes(join(folder, objectPath(newer)), 0, 0);
    expect(await keep(passing(since), [newer, old])).toEqual({ rows: 2, kept: 1, withoutFile: 0 });
    await rm(join(folder, "pictures/a folder"), { recursive: true });
    expect(await filesBelow(kept)).toEqual(["pictures/a folder/new.jpg/v1"]);
    expect(await readFile(join(kept, objectPath(newer)), "utf8")).toBe("new");
    expect((await stat(join(kept, "pictures/a folder"))).mode & 0o777).toBe(0o751);
  });

  test("of a former look are gone at the next", async () => {
    const files = passing(0);
    await keep(files, [await put(object("a"))]);
    await keep(files, [await put(object("b"))]);
    expect(await filesBelow(kept)).toEqual(["pictures/b/v1"]);
  });

  test("may be named twice", async () => {
    await put(object("a"));
    expect(await keep(passing(0), [object("a"), object("./a")])).toEqual({ rows: 2, kept: 2, withoutFile: 0 });
  });
});

describe("files that are gone", () => {
  test("and were saved before are no fault", async () => {
    const gone = object("gone.jpg");
    expect(await keep(passing(Date.now(), [object("other"), gone]), [gone])).toEqual({ rows: 1, kept: 0, withoutFile: 0 });
  });

  test("and were not: it is looked once more, as their rows may go with them", async () => {
    const files = passing(Date.now());
    await expect(keep(files, [object("gone.jpg"), object("too.jpg")])).rejects.toThrow(new Disturbed("2 stored files were deleted just now, before they were saved"));
    expect(await keep(files, [])).toEqual({ rows: 0, kept: 0, withoutFile: 0 });
  });

  test("and whose rows stay are lost: that is for the proof to say. Others that go beside them are looked for again", async () => {
    const files = passing(Date.now());
    const lost = object("lost.jpg");
    await expect(keep(files, [lost])).rejects.toThrow(Disturbed);
    await expect(keep(files, [lost, object("gone.jpg")])).rejects.toThrow(Disturbed);
    expect(await keep(files, [lost])).toEqual({ rows: 1, kept: 0, withoutFile: 1 });
  });
});

test("a row that leads out of the project's folder, or to what is no file, has none", async () => {
  await mkdir(join(root, "files/shop"));
  await writeFile(join(root, "files/shop/secret"), "of another project");
  await mkdir(join(folder, "pictures/folder"), { recursive: true });
  await symlink(join(root, "files/shop/secret"), join(folder, "pictures/link"));
  const rows = [{ bucket_id: "..", name: "shop", version: "secret" }, { bucket_id: "..", name: "..", version: null }, object("../../../shop", "secret"), object("folder", ""), object("link", "")];
  const files = passing(0);
  await expect(keep(files, rows)).rejects.toThrow(Disturbed);
  expect(await keep(files, rows)).toEqual({ rows: 5, kept: 0, withoutFile: 5 });
  expect(await readdir(join(root, "files"))).toEqual(expect.arrayContaining(["blog", "shop"]));
  expect(await readdir(kept).catch(() => [])).toEqual([]);
});

test("ends with what it runs beside", async () => {
  const ended = new AbortController();
  ended.abort(new Error("pg_dump failed"));
  await expect(passing(0).keep(each([object("a")]), ended.signal)).rejects.toThrow("pg_dump failed");
});
