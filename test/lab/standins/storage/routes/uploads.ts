import type { FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import { bucketOf } from "../database/rows.ts";
import { readUpload } from "../form.ts";
import { checkBucketName } from "../names.ts";
import * as schemas from "../schemas.ts";
import { verifySignature } from "../signatures.ts";
import { sizeLimit, upload } from "../uploads.ts";
import type { Route } from "./route.ts";

const schema = { params: schemas.objectParams };

/** What writes objects in one piece; mounted below /object, where no body is parsed. */
export const uploadRoutes: readonly Route[] = [
  { method: "POST", url: "/:bucketName/*", operation: "storage.object.upload", guard: "token", schema, run: create },
  { method: "PUT", url: "/:bucketName/*", operation: "storage.object.upload_update", guard: "token", schema, run: change },
  { method: "PUT", url: "/upload/sign/:bucketName/*", operation: "storage.object.upload_signed", guard: "service", schema: { ...schema, querystring: schemas.signed }, run: uploadSigned },
];

/** @param isUpsert whether an object of this name is replaced */
async function store(context: Context, request: FastifyRequest, owner: string | undefined, isUpsert: boolean) {
  const bucketId: string = request.params.bucketName;
  const name: string = request.params["*"];
  checkBucketName(bucketId);
  const bucket = await bucketOf(context.db.asSuperUser(), bucketId);
  const body = await readUpload(request, bucket, name, sizeLimit(context, bucket, name));
  const { object } = await upload(context, { ...body, bucketId, name, owner, isUpsert });
  return { Id: object.id, Key: `${bucketId}/${name}` };
}

async function create(context: Context, request: FastifyRequest) {
  return store(context, request, context.owner, request.headers["x-upsert"] === "true");
}

async function change(context: Context, request: FastifyRequest) {
  return store(context, request, context.owner, true);
}

async function uploadSigned(context: Context, request: FastifyRequest) {
  const { bucketName, "*": name } = request.params;
  const { owner, upsert = false } = await verifySignature(context, request.query.token, `${bucketName}/${name}`, "upload");
  const { Key } = await store(context, request, owner, upsert);
  return { Key };
}
