import type { FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import { errors } from "../errors.ts";
import { checkBucketName, escapeLike } from "../names.ts";
import * as schemas from "../schemas.ts";
import type { Route } from "./route.ts";

const params = schemas.bucketNameParams;

/** What lists objects; mounted below /object. */
export const listRoutes: readonly Route[] = [
  { method: "POST", url: "/list/:bucketName", operation: "storage.object.list", guard: "token", schema: { params, body: schemas.objectList }, run: list },
  { method: "POST", url: "/list-v2/:bucketName", operation: "storage.object.list_v2", guard: "token", schema: { params, body: schemas.objectListV2 }, run: listV2 },
];

/** One level below a folder. */
async function list({ db }: Context, { params, body }: FastifyRequest) {
  checkBucketName(params.bucketName);
  const folder = body.prefix === "" || body.prefix.endsWith("/") ? body.prefix : `${body.prefix}/`;
  const { column = "name", order = "asc" } = body.sortBy ?? {};
  const escaped = column === "name" ? (text: string) => text : escapeLike;
  const [prefix, search] = [escaped(folder), escaped(body.search ?? "")];
  const { rows } = await db.query("select * from storage.search($1, $2, $3, $4, $5, $6, $7, $8)", [
    prefix, params.bucketName, body.limit ?? 100, (prefix + search).split("/").length, body.offset ?? 0, search, column, order,
  ]);
  return rows;
}

type Cursor = { startAfter: string; order?: string; column?: string; after?: string };

/** Lines `l:` last name, `o:` order, `c:` column, `a:` its value there; in base64, as upstream's. */
const LETTERS = { l: "startAfter", o: "order", c: "column", a: "after" } as const;

export const encodeCursor = (cursor: Cursor): string =>
  Buffer.from(Object.entries(LETTERS).flatMap(([letter, name]) => (cursor[name] ? [`${letter}:${cursor[name]}`] : [])).join("\n")).toString("base64");

/** @throws StorageError InvalidParameter */
export function decodeCursor(text: string): Cursor {
  const cursor: Cursor = { startAfter: "", order: "asc" };
  for (const line of Buffer.from(text, "base64").toString().split("\n")) {
    const [, letter, value] = /^([a-z]):(.*)$/.exec(line) ?? [];
    if (letter === undefined || !(letter in LETTERS)) throw errors.invalidParameter("continuation token");
    cursor[LETTERS[letter as keyof typeof LETTERS]] = value!;
  }
  return cursor;
}

/** Pages by a cursor; with a delimiter folders apart. */
async function listV2({ db }: Context, { params, body }: FastifyRequest) {
  checkBucketName(params.bucketName);
  const limit = Math.min(body.limit ?? 1000, 1000);
  const cursor: Cursor = body.cursor === undefined ? { startAfter: "" } : decodeCursor(body.cursor);
  const order = cursor.order ?? body.sortBy?.order;
  const column = cursor.column ?? body.sortBy?.column;
  const page = { bucketId: params.bucketName as string, prefix: (body.prefix ?? "") as string, many: limit + 1, order: order === "desc" ? "desc" : "asc", column, cursor };
  const rows = body.with_delimiter ? await byFolder(db, page) : await flat(db, page);
  const shown = rows.slice(0, limit);
  const hasNext = rows.length > limit;
  const last = shown.at(-1);
  const after = column === undefined || column === "name" || !last?.[column] ? undefined : new Date(last[column]).toISOString();
  return {
    hasNext,
    ...(hasNext ? { nextCursor: encodeCursor({ startAfter: last.name, order, column, after }), nextCursorKey: last.name } : {}),
    folders: shown.filter(({ id }) => id === null).map((row) => ({ ...row, name: `${row.name}/` })),
    objects: shown.filter(({ id }) => id !== null),
  };
}

type Page = { bucketId: string; prefix: string; many: number; order: string; column: string | undefined; cursor: Cursor };

async function byFolder(db: Context["db"], { bucketId, prefix, many, order, column, cursor }: Page): Promise<any[]> {
  const { rows } = await db.query("select * from storage.search_v2($1, $2, $3, $4, $5, $6, $7, $8)", [
    prefix, bucketId, many, prefix.split("/").length, cursor.startAfter, order, column ?? "name", cursor.after ?? null,
  ]);
  return rows;
}

async function flat(db: Context["db"], { bucketId, prefix, many, order, column, cursor }: Page): Promise<any[]> {
  // From the schema's lists, so they can stand in the text.
  const time = column === "created_at" || column === "updated_at" ? `date_trunc('milliseconds', ${column})` : "'epoch'::timestamptz";
  const { rows } = await db.query(
    `select id, name, metadata, updated_at, created_at, last_accessed_at from storage.objects
     where bucket_id = $1 and starts_with(name, $2)
       and ($3 = '' or (${time}, name collate "C") ${order === "asc" ? ">" : "<"} (coalesce(nullif($4, '')::timestamptz, 'epoch'), $3))
     order by ${time} ${order}, name collate "C" ${order} limit $5`,
    [bucketId, prefix, cursor.startAfter, cursor.after ?? "", many],
  );
  return rows;
}
