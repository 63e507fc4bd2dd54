import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathsOf } from "../../../images/backup/objects.ts";
import { PathSet } from "../../../images/backup/pathSet.ts";
import type { StoredObject } from "../../../images/backup/places.ts";
import { bytesBelow, entriesBelow, keepOnly } from "../../../images/backup/tree.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "indie-ventures-tree-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
}
const all = async (): Promise<string[]> => (await readdir(folder, { recursive: true })).sort();
const known = (...objects: StoredObject[]): Promise<PathSet> =>
  PathSet.of(
    pathsOf(
      (async function* () {
        yield* objects;
      })(),
    ),
  );

test("everything below a folder comes, whatever it is", async () => {
  await write("pictures/a/v1", "old.jpg");
  await symlink("/", join(folder, "pictures/link"));
  const found: string[] = [];
  for await (const entry of entriesBelow(folder)) found.push(`${entry.name} ${entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other"}`);
  expect(found.sort()).toEqual(["a folder", "link other", "old.jpg file", "pictures folder", "v1 file"]);
});

test("files that no row knows go, and folders that get empty; what rows know stays, of a name with a slash or an older way too", async () => {
  const rows: StoredObject[] = [
    { bucket_id: "pictures", name: "a folder/ä b.jpg", version: "v2" },
    { bucket_id: "pictures", name: "old.jpg", version: null },
  ];
  await write("pictures/a folder/ä b.jpg/v2", "pictures/old.jpg");
  // Of an older version of it, of a deleted one, of an upload after the dump, of one that has not ended, of a bucket that is no more.
  await write("pictures/a folder/ä b.jpg/v1", "pictures/gone.jpg/v1", "pictures/deep/down/late.jpg/v1", "pictures/a folder/ä b.jpg/v2.json", "deleted/x/v1");
  await mkdir(join(folder, "empty"));
  const set = await known(...rows);
  await keepOnly(folder, (path) => set.has(path));
  expect(await all()).toEqual(["pictures", "pictures/a folder", "pictures/a folder/ä b.jpg", "pictures/a folder/ä b.jpg/v2", "pictures/old.jpg"]);
});

test("of a folder with many files none is passed over, and it stays itself", async () => {
  await write(...Array.from({ length: 1000 }, (_, index) => `pictures/${index}/v1`));
  await keepOnly(folder, () => false);
  expect(await all()).toEqual([]);
});

test("where all is known nothing goes", async () => {
  await write("pictures/a/v1", "pictures/b/v1");
  const before = await all();
  await keepOnly(folder, () => true);
  expect(await all()).toEqual(before);
});

test("the bytes of a folder are those of the files that count; what goes meanwhile has none, nor has a folder that is not there", async () => {
  await write("pictures/a/v1", "pictures/b/v1", "old.jpg");
  const saved = new Set(["pictures/a/v1"]);
  expect(await bytesBelow(folder, () => true)).toBe(2 * "pictures/a/v1".length + "old.jpg".length);
  expect(await bytesBelow(folder, (path) => !saved.has(path))).toBe("pictures/b/v1".length + "old.jpg".length);
  expect(await bytesBelow(join(folder, "nowhere"), () => true)).toBe(0);
  const goes = (path: string) => {
    rmSync(join(folder, path));
    return true;
  };
  expect(await bytesBelow(folder, goes)).toBe(0);
});
