import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import fc from "fast-check";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ClientBase } from "pg";
import { countObjects, missingPaths, pathsOf, storedObjects, writtenDown } from "../../../images/backup/objects.ts";
import { objectPath, type StoredObject } from "../../../images/backup/places.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "indie-ventures-objects-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const object = (index: number): StoredObject => ({ bucket_id: "pictures", name: `a folder/${index}.jpg`, version: `v${index}` });
const some = (count: number): StoredObject[] => Array.from({ length: count }, (_, index) => object(index));
async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Answers as Postgres does. @param rows undefined: there is no table of Storage's */
function client(rows: StoredObject[] | undefined): { query: ClientBase["query"]; asked: string[] } {
  const asked: string[] = [];
  let at = 0;
  const query = async (text: string) => {
    asked.push(text);
    if (text.includes("to_regclass")) return { rows: [{ there: rows !== undefined }] };
    const count = Number(/^fetch (\d+) /.exec(text)?.[1] ?? 0);
    return { rows: rows!.slice(at, (at += count)) };
  };
  return { query: query as unknown as ClientBase["query"], asked };
}

describe("the objects that a database knows", () => {
  test.each([0, 1, 9_999, 10_000, 10_001, 20_000])("come in batches, to the last: %d", async (count) => {
    const from = client(some(count));
    expect(await all(storedObjects(from))).toEqual(some(count));
    const fetches = from.asked.filter((text) => text.startsWith("fetch"));
    expect(fetches).toEqual(Array(Math.floor(count / 10_000) + 1).fill("fetch 10000 from stored_objects"));
    expect(from.asked.at(-1)).toBe("close stored_objects");
  });

  test("come the newest first where that is asked for", async () => {
    const from = client([]);
    await all(storedObjects(from, "newest"));
    expect(from.asked[1]).toMatch(/ from storage\.objects order by age\(xmin\)$/);
  });

  test("are none without a table of Storage's", async () => {
    const from = client(undefined);
    expect(await all(storedObjects(from))).toEqual([]);
    expect(from.asked).toHaveLength(1);
  });

  test("are the same when they were written down, whatever their names, and as often as wanted", async () => {
    const text = fc.string({ unit: "binary", maxLength: 40 }).map((value) => Buffer.from(value).toString());
    const record = fc.record({ bucket_id: text, name: fc.oneof(text, fc.constantFrom("a\nb", "a\u2028b", "a\r\nb")), version: fc.option(text) });
    await fc.assert(
      fc.asyncProperty(fc.array(record), async (objects) => {
        const kept = await writtenDown(join(folder, "objects.jsonl"), each(objects));
        expect(kept.count).toBe(objects.length);
        for (let time = 0; time < 2; time++) expect(await all(kept)).toEqual(objects);
      }),
      { numRuns: 50 },
    );
    expect((await stat(join(folder, "objects.jsonl"))).mode & 0o777).toBe(0o600);
  });

  test("are cut nowhere where a part of the file ends", async () => {
    const many = some(5000).map((one) => ({ ...one, name: `${one.name} – ü𝄞` }));
    expect(await all(await writtenDown(join(folder, "many.jsonl"), each(many)))).toEqual(many);
  });
});

test("objects are counted, and those without a file; one that has no version too", async () => {
  const objects = [...some(3), { bucket_id: "pictures", name: "old.jpg", version: null }];
  for (const { path } of [objects[0]!, objects[3]!].map((one) => ({ path: join(folder, "files", objectPath(one)) }))) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "");
  }
  expect(await countObjects(join(folder, "files"), each(objects))).toEqual({ rows: 4, withoutFile: 2 });
});

test("of missing paths all are counted and the first is named", async () => {
  expect(await missingPaths(pathsOf(each(some(4))), (path) => path.includes("/2.jpg"))).toEqual({ count: 3, first: "pictures/a folder/0.jpg/v0" });
  expect(await missingPaths(pathsOf(each(some(4))), () => true)).toEqual({ count: 0 });
});

/** In a process of its own, with 32 MB for all that is no buffer. @returns what it printed as JSON */
async function inLittleMemory(module: string, program: string, ...args: string[]): Promise<unknown> {
  const url = new URL(`../../../images/backup/${module}.ts`, import.meta.url).href;
  const { stdout } = await execa(process.execPath, ["--max-old-space-size=32", "--input-type=module", "--eval", program, url, ...args]);
  return JSON.parse(stdout);
}

/** As an array of objects they would not fit. */
const READ_MANY = `
const { storedObjects, writtenDown, pathsOf } = await import(process.argv[1]);
const row = (index) => ({ bucket_id: "pictures", name: "folder " + index % 1000 + "/picture " + index + ".jpg", version: "00000000-0000-4000-8000-" + String(index).padStart(12, "0") });
let at = 0;
const query = async (text) => ({ rows: text.startsWith("fetch") ? Array.from({ length: Math.min(10_000, 300_000 - at) }, () => row(at++)) : [{ there: true }] });
const kept = await writtenDown(process.argv[2], storedObjects({ query }));
let last;
for await (const path of pathsOf(kept)) last = path;
console.log(JSON.stringify([kept.count, last]));`;

const LOOK_UP_A_MILLION = `
const { PathSet } = await import(process.argv[1]);
const path = (index) => "/var/lib/storage/files/blog/pictures/folder " + index % 1000 + "/picture " + index + ".jpg/00000000-0000-4000-8000-" + String(index).padStart(12, "0");
async function* paths() {
  for (let index = 0; index < 1_000_000; index++) if (index !== 777_777 && index !== 5) yield path(index);
}
const set = await PathSet.of(paths());
const missing = [];
for (let index = 0; index < 1_000_000; index += 7) if (!set.has(path(index))) missing.push(index);
console.log(JSON.stringify([set.size, missing, process.memoryUsage().arrayBuffers < 40e6]));`;

describe("very many objects do not need the container's memory", () => {
  test("from the database to a list of them, and through that", async () => {
    expect(await inLittleMemory("objects", READ_MANY, join(folder, "very-many.jsonl"))).toEqual([300_000, "pictures/folder 999/picture 299999.jpg/00000000-0000-4000-8000-000000299999"]);
  });

  test("nor do a million paths that the repository lists", async () => {
    expect(await inLittleMemory("pathSet", LOOK_UP_A_MILLION)).toEqual([999_998, [777_777], true]);
  });
});
