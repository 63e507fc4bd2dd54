import type { FastifyRequest } from "fastify";
import type { Context } from "../context.ts";
import { objectOf } from "../database/rows.ts";
import { readUserMetadata } from "../form.ts";
import { keepTransformations } from "../images.ts";
import { checkBucketName, checkKey } from "../names.ts";
import * as schemas from "../schemas.ts";
import { sign } from "../signatures.ts";
import { checkExpiresIn } from "../tokens.ts";
import { checkUpload } from "../uploads.ts";
import type { Route } from "./route.ts";

const params = schemas.objectParams;
const uploadHeaders = { ...schemas.token, properties: { ...schemas.token.properties, "x-upsert": { type: "string" }, "x-metadata": { type: "string" } } };

/** What signs URLs; mounted below /object. */
export const signRoutes: readonly Route[] = [
  { method: "POST", url: "/sign/:bucketName/*", operation: "storage.object.sign", guard: "token", schema: { params, body: schemas.signOne }, run: signOne },
  { method: "POST", url: "/sign/:bucketName", operation: "storage.object.sign_many", guard: "token", schema: { params: schemas.bucketNameParams, body: schemas.signMany }, run: signMany },
  { method: "POST", url: "/upload/sign/:bucketName/*", operation: "storage.object.sign_upload_url", guard: "token", schema: { params, headers: uploadHeaders }, run: signUpload },
];

async function signOne(context: Context, { params, body }: FastifyRequest) {
  const url = `${params.bucketName}/${params["*"]}`;
  checkExpiresIn(body.expiresIn);
  checkBucketName(params.bucketName);
  checkKey(params["*"]);
  await objectOf(context.db, params.bucketName, params["*"]);
  const claims = context.tenant.imageTransformation.isEnabled ? keepTransformations(body.transform ?? {}, context.app.config.image) : {};
  const token = await sign(context, claims, url, "download", body.expiresIn);
  return { signedURL: `/${claims.transformations === undefined ? "object" : "render/image"}/sign/${url}?token=${token}` };
}

async function signMany(context: Context, { params, body }: FastifyRequest) {
  const bucketId: string = params.bucketName;
  const paths: string[] = body.paths;
  checkExpiresIn(body.expiresIn);
  checkBucketName(bucketId);
  const { rows } = await context.db.query("select name from storage.objects where bucket_id = $1 and name = any($2::text[])", [bucketId, paths]);
  const found = new Set(rows.map(({ name }) => name));
  return Promise.all(
    paths.map(async (path) => {
      if (!found.has(path)) return { error: "Either the object does not exist or you do not have access to it", path, signedURL: null };
      const url = `${bucketId}/${path}`;
      return { error: null, path, signedURL: `/object/sign/${url}?token=${await sign(context, {}, url, "download", body.expiresIn)}` };
    }),
  );
}

async function signUpload(context: Context, { params, headers }: FastifyRequest) {
  const bucketId: string = params.bucketName;
  const name: string = params["*"];
  checkBucketName(bucketId);
  const isUpsert = headers["x-upsert"] === "true";
  const length = headers["content-length"];
  await checkUpload(context, {
    bucketId, name, owner: context.owner, isUpsert,
    userMetadata: readUserMetadata(headers["x-metadata"]),
    metadata: { mimetype: headers["content-type"], contentLength: length === undefined ? undefined : Number(length) },
  });
  const url = `${bucketId}/${name}`;
  const claims = { owner: context.owner, upsert: isUpsert };
  const token = await sign(context, claims, url, "upload", context.app.config.upload.signedUrlExpirationTime);
  return { url: `/object/upload/sign/${url}?token=${token}`, token };
}
