import type { FastifyReply, FastifyRequest } from "fastify";
import { sendFile, sendHead, sendInfo } from "../answer.ts";
import type { Context } from "../context.ts";
import { findBucket, objectOf, type StoredObject } from "../database/rows.ts";
import { errors } from "../errors.ts";
import { objectKey } from "../files/path.ts";
import { checkBucketName } from "../names.ts";
import * as schemas from "../schemas.ts";
import { verifySignature } from "../signatures.ts";
import type { Route } from "./route.ts";

const params = schemas.objectParams;
const downloaded = { params, querystring: schemas.download };
const wanted = { params, querystring: schemas.transform };

/** What reads objects (src/http/routes/object); mounted below /object. */
export const readRoutes: readonly Route[] = [
  { method: "GET", url: "/authenticated/:bucketName/*", operation: "storage.object.get_authenticated", guard: "token", schema: downloaded, run: read },
  { method: "GET", url: "/:bucketName/*", operation: "storage.object.get_authenticated", guard: "any", schema: { params }, run: read },
  { method: "GET", url: "/public/:bucketName/*", operation: "storage.object.get_public", guard: "service", schema: downloaded, run: readPublic },
  { method: "GET", url: "/sign/:bucketName/*", operation: "storage.object.get_signed", guard: "service", schema: { params, querystring: schemas.signed }, run: readSigned },
  { method: "HEAD", url: "/authenticated/:bucketName/*", operation: "object.head_authenticated_info", guard: "token", schema: wanted, run: head },
  { method: "HEAD", url: "/:bucketName/*", operation: "object.head_authenticated_info", guard: "any", schema: wanted, run: head },
  { method: "HEAD", url: "/public/:bucketName/*", operation: "storage.object.info_public", guard: "service", schema: wanted, run: headPublic },
  { method: "GET", url: "/info/authenticated/:bucketName/*", operation: "object.get_authenticated_info", guard: "token", schema: wanted, run: info },
  { method: "GET", url: "/info/:bucketName/*", operation: "object.get_authenticated_info", guard: "any", schema: wanted, run: info },
  { method: "GET", url: "/info/public/:bucketName/*", operation: "storage.object.info_public", guard: "service", schema: wanted, run: infoPublic },
];

const nameOf = (request: FastifyRequest): { bucketId: string; name: string } => {
  checkBucketName(request.params.bucketName);
  return { bucketId: request.params.bucketName, name: request.params["*"] };
};

/** An object that the caller may see: everybody in a public bucket, else who the policies let. */
async function visible({ db, isAuthenticated }: Context, request: FastifyRequest): Promise<StoredObject> {
  const { bucketId, name } = nameOf(request);
  const bucket = await findBucket(db.asSuperUser(), bucketId);
  if (bucket === undefined || (!isAuthenticated && !bucket.public)) throw errors.noSuchBucket();
  return objectOf(bucket.public ? db.asSuperUser() : db, bucketId, name);
}

/** @throws StorageError NoSuchBucket for one that is not public, too: nobody learns that it is there */
async function publicObject({ db }: Context, request: FastifyRequest): Promise<StoredObject> {
  const { bucketId, name } = nameOf(request);
  if ((await findBucket(db, bucketId, true)) === undefined) throw errors.noSuchBucket();
  return objectOf(db, bucketId, name);
}

async function send({ app, tenant }: Context, request: FastifyRequest, reply: FastifyReply, object: StoredObject, expires?: Date) {
  const key = objectKey({ tenantId: tenant.id, bucketId: object.bucket_id, name: object.name }, object.version);
  const stored = await app.files.read(key, {
    ifNoneMatch: request.headers["if-none-match"],
    ifModifiedSince: request.headers["if-modified-since"],
    range: request.headers.range,
  });
  const { download } = request.query;
  return sendFile(request, reply, stored, { download, expires, sMaxAge: app.config.server.sMaxAge, xRobotsTag: object.metadata?.xRobotsTag });
}

async function read(context: Context, request: FastifyRequest, reply: FastifyReply) {
  return send(context, request, reply, await visible(context, request));
}

async function readPublic(context: Context, request: FastifyRequest, reply: FastifyReply) {
  return send(context, request, reply, await publicObject(context, request));
}

async function readSigned(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { bucketId, name } = nameOf(request);
  const { exp } = await verifySignature(context, request.query.token, `${bucketId}/${name}`, "download");
  return send(context, request, reply, await objectOf(context.db, bucketId, name), new Date(exp * 1000));
}

async function head(context: Context, request: FastifyRequest, reply: FastifyReply) {
  return sendHead(request, reply, await visible(context, request), context.app.config.server.sMaxAge);
}

async function headPublic(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { bucketId, name } = nameOf(request);
  if ((await findBucket(context.db, bucketId, true)) === undefined) throw errors.noSuchBucket();
  return sendHead(request, reply, await objectOf(context.db, bucketId, name), context.app.config.server.sMaxAge);
}

async function info(context: Context, request: FastifyRequest, reply: FastifyReply) {
  return sendInfo(reply, await visible(context, request));
}

async function infoPublic(context: Context, request: FastifyRequest, reply: FastifyReply) {
  return sendInfo(reply, await publicObject(context, request));
}
