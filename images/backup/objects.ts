// The objects of Storage that a database knows. There may be a million of one project: nowhere are all of them in memory at once.
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientBase } from "pg";
import { objectPath, type StoredObject } from "./places.ts";

/**
 * `newest`: as they were written, the last first; by the transaction that wrote a row, which nobody can set as its times can be. With the number of
 * transactions a row's age begins anew, so it is for what is better first, and need not be.
 */
const ORDERS = { name: "1, 2", newest: "age(xmin)" };
const OBJECTS = "select bucket_id, name, version from storage.objects order by";
/** Rows that are had at a time: a name has 1 KB at most. */
const BATCH = 10_000;
/** Characters. Line by line takes five times as long. */
const WRITTEN_AT_ONCE = 64 * 1024;

/**
 * By a cursor, as a client of Postgres' else gets all rows of a query before the first. Without a table of Storage's there is none.
 *
 * @param client in a transaction, which is the snapshot that they are of
 */
export async function* storedObjects(client: Pick<ClientBase, "query">, order: keyof typeof ORDERS = "name"): AsyncGenerator<StoredObject> {
  const { rows: found } = await client.query<{ there: boolean }>("select to_regclass('storage.objects') is not null as there");
  if (!found[0]!.there) return;
  await client.query(`declare stored_objects no scroll cursor for ${OBJECTS} ${ORDERS[order]}`);
  for (let isLast = false; !isLast; ) {
    const { rows } = await client.query<StoredObject>(`fetch ${BATCH} from stored_objects`);
    isLast = rows.length < BATCH;
    yield* rows;
  }
  await client.query("close stored_objects");
}

/** Can be gone through more than once, also when the database is gone. */
export interface StoredObjects extends AsyncIterable<StoredObject> {
  count: number;
}

/** @param file is written, and is to be there as long as they are gone through: an object a line, as JSON */
export async function writtenDown(file: string, objects: AsyncIterable<StoredObject>): Promise<StoredObjects> {
  let count = 0;
  const lines = async function* () {
    let text = "";
    for await (const object of objects) {
      count++;
      text += `${JSON.stringify(object)}\n`;
      if (text.length < WRITTEN_AT_ONCE) continue;
      yield text;
      text = "";
    }
    yield text;
  };
  await pipeline(Readable.from(lines()), createWriteStream(file, { mode: 0o600 }));
  return { count, [Symbol.asyncIterator]: () => readBack(file) };
}

/** Not by node:readline, for which a name with U+2028 in it would be two lines. */
async function* readBack(file: string): AsyncGenerator<StoredObject> {
  let rest = "";
  for await (const text of createReadStream(file, "utf8") as AsyncIterable<string>) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line) as StoredObject;
  }
}

/** Where their files are within the project's folder. */
export async function* pathsOf(objects: AsyncIterable<StoredObject>): AsyncGenerator<string> {
  for await (const object of objects) yield objectPath(object);
}

/** How many there are, and how many of them have no file in the project's folder. One after the other: to ask for 100,000 at once takes more memory than all else. */
export async function countObjects(folder: string, objects: AsyncIterable<StoredObject>): Promise<{ rows: number; withoutFile: number }> {
  const counted = { rows: 0, withoutFile: 0 };
  for await (const path of pathsOf(objects)) {
    counted.rows++;
    if (!(await stat(join(folder, path)).then(() => true, () => false))) counted.withoutFile++;
  }
  return counted;
}

/** Paths that are not among those that there are: how many, and the first of them. */
export async function missingPaths(paths: AsyncIterable<string>, isThere: (path: string) => boolean): Promise<{ count: number; first?: string }> {
  const missing: { count: number; first?: string } = { count: 0 };
  for await (const path of paths) {
    if (isThere(path)) continue;
    missing.count++;
    missing.first ??= path;
  }
  return missing;
}
