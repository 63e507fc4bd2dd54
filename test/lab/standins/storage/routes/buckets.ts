import type { Context } from "../context.ts";
import { bucketOf, insertBucket, updateBucket } from "../database/rows.ts";
import { errors, lacks } from "../errors.ts";
import { removeFile } from "../uploads.ts";
import { checkBucketName, checkMimeTypes, checkNewBucketName, escapeLike, isUuid, parseSize } from "../names.ts";
import * as schemas from "../schemas.ts";
import type { Route } from "./route.ts";

const BATCH = 1000;

/** src/http/routes/bucket; mounted below /bucket. */
export const bucketRoutes: readonly Route[] = [
  { method: "POST", url: "/", operation: "storage.bucket.create", guard: "token", schema: { body: schemas.newBucket }, run: create },
  { method: "GET", url: "/", operation: "storage.bucket.list", guard: "token", schema: { querystring: schemas.bucketList }, run: list },
  { method: "GET", url: "/:bucketId", operation: "storage.bucket.get", guard: "token", schema: { params: schemas.bucketIdParams }, run: get },
  { method: "PUT", url: "/:bucketId", operation: "storage.bucket.update", guard: "token", schema: { body: schemas.changedBucket }, run: change },
  { method: "POST", url: "/:bucketId/empty", operation: "storage.bucket.empty", guard: "token", schema: { params: schemas.bucketIdParams }, run: empty },
  { method: "DELETE", url: "/:bucketId", operation: "storage.bucket.delete", guard: "token", schema: { params: schemas.bucketIdParams }, run: remove },
];

type Limits = { file_size_limit?: number | string | null; allowed_mime_types?: string[] | null };

function limits({ tenant }: Context, { file_size_limit: size, allowed_mime_types: types }: Limits) {
  const bytes = typeof size === "string" ? parseSize(size) : size;
  if (typeof bytes === "number" && bytes > tenant.fileSizeLimit) throw errors.entityTooLarge();
  const given = types?.filter((type) => type !== "") ?? types;
  if (given) checkMimeTypes(given);
  return { file_size_limit: bytes, allowed_mime_types: given };
}

async function create(context: Context, { body }: { body: any }) {
  checkNewBucketName(body.name);
  if (body.type === "ANALYTICS") throw lacks("analytics buckets");
  await insertBucket(context.db, {
    id: body.id || body.name,
    name: body.name,
    owner: isUuid(context.owner ?? "") ? context.owner : undefined,
    owner_id: context.owner,
    public: body.public ?? false,
    ...limits(context, body),
  });
  return { name: body.name };
}

const COLUMNS = "id, name, owner, public, created_at, updated_at, file_size_limit, allowed_mime_types";

async function list({ db }: Context, { query }: { query: any }) {
  const order = query.sortColumn === undefined ? "" : `order by ${query.sortColumn} ${query.sortOrder ?? "asc"}`;
  const pattern = query.search ? `%${escapeLike(query.search)}%` : null;
  const { rows } = await db.query(
    `select ${COLUMNS}, type from storage.buckets where $1::text is null or name ilike $1 ${order} limit $2 offset $3`,
    [pattern, query.limit ?? null, query.offset ?? 0],
  );
  return rows.map(shown);
}

async function get({ db }: Context, { params }: { params: any }) {
  const { id, name, owner, public: isPublic, created_at, updated_at, file_size_limit, allowed_mime_types } = await bucketOf(db, params.bucketId);
  return shown({ id, name, owner, public: isPublic, created_at, updated_at, file_size_limit, allowed_mime_types });
}

/** The owner is no UUID in every token: upstream's serializer makes "" of null. */
const shown = (bucket: any) => ({
  ...bucket,
  owner: bucket.owner ?? "",
  file_size_limit: bucket.file_size_limit === null ? null : Number(bucket.file_size_limit),
});

async function change(context: Context, { params, body }: { params: any; body: any }) {
  checkBucketName(params.bucketId);
  await updateBucket(context.db, params.bucketId, { public: body.public, ...limits(context, body) });
  return { message: "Successfully updated" };
}

async function remove({ db }: Context, { params }: { params: any }) {
  const id: string = params.bucketId;
  await db.transaction(async (tx) => {
    await tx.asSuperUser(async () => {
      const { rowCount } = await tx.query("select from storage.buckets where id = $1 for update", [id]);
      if (!rowCount) throw errors.noSuchBucket();
      const { rowCount: objects } = await tx.query("select from storage.objects where bucket_id = $1 limit 1", [id]);
      if (objects) throw errors.bucketNotEmpty();
    });
    const { rowCount } = await tx.query("delete from storage.buckets where id = $1", [id]);
    if (!rowCount) throw errors.noSuchBucket();
  });
  return { message: "Successfully deleted" };
}

/** Upstream without its queue does it before it answers, too. */
async function empty(context: Context, { params }: { params: any }) {
  const { db, app } = context;
  const bucketId: string = params.bucketId;
  await bucketOf(db, bucketId);
  const { rowCount } = await db.query("select from storage.objects where bucket_id = $1 limit $2", [bucketId, app.config.emptyBucketMax + 1]);
  if ((rowCount ?? 0) > app.config.emptyBucketMax) throw errors.invalidRequest("Unable to empty the bucket because it contains too many objects", 409);
  if (rowCount) await removeAll(context, bucketId);
  return { message: "Empty bucket has been queued. Completion may take up to an hour." };
}

async function removeAll(context: Context, bucketId: string): Promise<void> {
  const { rows } = await context.db.asSuperUser().query(
    `delete from storage.objects where id in (select id from storage.objects where bucket_id = $1 and created_at < now() limit ${BATCH})
     returning name, version`,
    [bucketId],
  );
  for (const { name, version } of rows) await removeFile(context, { bucketId, name, version });
  if (rows.length === BATCH) await removeAll(context, bucketId);
}
