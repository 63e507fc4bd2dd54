import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import { findObject, objectOf, shownObject, updateObject } from "../database/rows.ts";
import { errors } from "../errors.ts";
import { objectKey } from "../files/path.ts";
import { readUserMetadata } from "../form.ts";
import { checkBucketName, checkKey } from "../names.ts";
import * as schemas from "../schemas.ts";
import { checkUpload, finishUpload, orRemoved, removeFile } from "../uploads.ts";
import type { Route } from "./route.ts";

const MOST_PER_REQUEST = 1000;

/** What moves, copies and removes objects; mounted below /object. */
export const changeRoutes: readonly Route[] = [
  { method: "POST", url: "/move", operation: "storage.object.move", guard: "token", schema: { body: schemas.move }, run: move },
  { method: "POST", url: "/copy", operation: "storage.object.copy", guard: "token", schema: { body: schemas.copy }, run: copy },
  { method: "DELETE", url: "/:bucketName/*", operation: "storage.object.delete", guard: "token", schema: { params: schemas.objectParams }, run: removeOne },
  { method: "DELETE", url: "/:bucketName", operation: "storage.object.delete_many", guard: "token", schema: { params: schemas.bucketNameParams, body: schemas.prefixes }, run: removeMany },
];

async function move(context: Context, { body }: FastifyRequest) {
  const { db, app, tenant, owner } = context;
  const from = { bucketId: body.bucketId as string, name: body.sourceKey as string };
  const to = { bucketId: (body.destinationBucket ?? body.bucketId) as string, name: body.destinationKey as string };
  checkBucketName(from.bucketId);
  checkKey(to.name);
  const version = randomUUID();
  await db.testPermission(async (tx) => {
    await objectOf(tx, from.bucketId, from.name);
    await updateObject(tx, from, { ...to, version, owner });
  });
  const source = await objectOf(db.asSuperUser(), from.bucketId, from.name);
  const answer = { message: "Successfully moved", Id: source.id, Key: to.name };
  if (from.bucketId === to.bucketId && from.name === to.name) return { ...answer, Key: undefined };
  await orRemoved(context, { ...to, version }, async () => {
    const key = (place: typeof from, its: string | null) => objectKey({ tenantId: tenant.id, ...place }, its);
    const metadata = await app.files.copy(key(from, source.version), key(to, version));
    await db.asSuperUser().transaction(async (tx) => {
      if ((await findObject(tx, from.bucketId, from.name, "for update")) === undefined) throw errors.noSuchKey();
      await updateObject(tx, from, { ...to, version, owner, metadata, userMetadata: source.user_metadata ?? undefined });
    });
  });
  await removeFile(context, { ...from, version: source.version });
  return answer;
}

async function copy(context: Context, { body, headers }: FastifyRequest) {
  const { db, app, tenant, owner } = context;
  const from = { bucketId: body.bucketId as string, name: body.sourceKey as string };
  const to = { bucketId: (body.destinationBucket ?? body.bucketId) as string, name: body.destinationKey as string };
  checkBucketName(from.bucketId);
  checkKey(to.name);
  const source = await objectOf(db, from.bucketId, from.name);
  const keepsMetadata: boolean = body.copyMetadata ?? true;
  const metadata = { ...source.metadata, ...(keepsMetadata ? {} : body.metadata) };
  const userMetadata = keepsMetadata ? (source.user_metadata ?? undefined) : readUserMetadata(headers["x-metadata"]);
  await checkUpload(context, { ...to, owner, isUpsert: headers["x-upsert"] === "true", userMetadata, metadata });
  const version = randomUUID();
  const object = await orRemoved(context, { ...to, version }, async () => {
    const attributes = keepsMetadata ? undefined : { cacheControl: metadata.cacheControl, contentType: metadata.mimetype };
    const key = (place: typeof from, its: string | null) => objectKey({ tenantId: tenant.id, ...place }, its);
    const { eTag, lastModified } = await app.files.copy(key(from, source.version), key(to, version), attributes);
    return finishUpload(context, { ...to, owner, version, metadata: { ...metadata, eTag, lastModified }, userMetadata });
  });
  return { ...shownObject(object), Id: object.id, Key: `${to.bucketId}/${to.name}` };
}

async function removeOne(context: Context, { params }: FastifyRequest) {
  const bucketId: string = params.bucketName;
  const name: string = params["*"];
  checkBucketName(bucketId);
  const version = await context.db.transaction(async (tx) => {
    const found = await tx.asSuperUser((superuser) => findObject(superuser, bucketId, name, "for update"));
    if (found === undefined) throw errors.noSuchKey();
    const { rowCount } = await tx.query("delete from storage.objects where bucket_id = $1 and name = $2", [bucketId, name]);
    if (!rowCount) throw errors.accessDenied("Access denied");
    return found.version;
  });
  await removeFile(context, { bucketId, name, version });
  return { message: "Successfully deleted" };
}

/** What the caller may not delete is not in the answer, and stays. */
async function removeMany(context: Context, { params, body }: FastifyRequest) {
  const bucketId: string = params.bucketName;
  const names: string[] = body.prefixes;
  checkBucketName(bucketId);
  const most = context.tenant.deleteObjectsLimit ?? MOST_PER_REQUEST;
  if (context.app.config.hardLimits && names.length > most)
    throw errors.invalidRequest(`Bulk object requests are limited to ${most} objects per request.`);
  const { rows } = await context.db.query("delete from storage.objects where bucket_id = $1 and name = any($2::text[]) returning *", [bucketId, names]);
  for (const { name, version } of rows) await removeFile(context, { bucketId, name, version });
  return rows.map(shownObject);
}
