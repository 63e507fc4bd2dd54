import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { FastifyReply, FastifyRequest } from "fastify";
import { sendFile } from "../answer.ts";
import type { Context } from "../context.ts";
import { findBucket, objectOf, type StoredObject } from "../database/rows.ts";
import { errors } from "../errors.ts";
import { objectKey } from "../files/path.ts";
import { parseTransformations, segments, type Transform } from "../images.ts";
import { checkBucketName } from "../names.ts";
import * as schemas from "../schemas.ts";
import { verifySignature } from "../signatures.ts";
import type { Route } from "./route.ts";

const schema = { params: schemas.objectParams, querystring: schemas.rendered };
const signedSchema = { params: schemas.objectParams, querystring: schemas.signed };

/** src/http/routes/render; mounted below /render/image, when ENABLE_IMAGE_TRANSFORMATION is true. */
export const imageRoutes: readonly Route[] = [
  { method: "GET", url: "/authenticated/:bucketName/*", operation: "storage.render.image_authenticated", guard: "token", schema, run: authenticated },
  { method: "GET", url: "/public/:bucketName/*", operation: "storage.render.image_public", guard: "service", schema, run: open },
  { method: "GET", url: "/sign/:bucketName/*", operation: "storage.render.image_sign", guard: "service", schema: signedSchema, run: signed },
];

async function authenticated(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { bucketName, "*": name } = request.params;
  checkBucketName(bucketName);
  return render(context, request, reply, await objectOf(context.db, bucketName, name), request.query);
}

async function open(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { bucketName, "*": name } = request.params;
  checkBucketName(bucketName);
  if ((await findBucket(context.db, bucketName, true)) === undefined) throw errors.noSuchBucket();
  return render(context, request, reply, await objectOf(context.db, bucketName, name), request.query);
}

async function signed(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { bucketName, "*": name } = request.params;
  checkBucketName(bucketName);
  const { exp, transformations = "" } = await verifySignature(context, request.query.token, `${bucketName}/${name}`, "download");
  const object = await objectOf(context.db, bucketName, name);
  return render(context, request, reply, object, parseTransformations(transformations), new Date(exp * 1000));
}

/** imgproxy reads the file from the volume that both see; nobody else may reach it. */
async function render({ app, tenant }: Context, request: FastifyRequest, reply: FastifyReply, object: StoredObject, transform: Transform, expires?: Date) {
  if (!tenant.imageTransformation.isEnabled) throw errors.featureNotEnabled("imageTransformation");
  const key = objectKey({ tenantId: tenant.id, bucketId: object.bucket_id, name: object.name }, object.version);
  const { maxResolution } = tenant.imageTransformation;
  const options = segments(transform, app.config.image);
  const limits = maxResolution === undefined ? [] : [`max_src_resolution:${maxResolution}`];
  const path = ["/public", ...options, ...limits, "plain", `local:///${app.files.path(key)}`].join("/");
  const [image, metadata] = await Promise.all([ask(app.config.image, path, accepted(request, transform)), app.files.head(key)]);
  const length = image.headers.get("content-length");
  if (options.length > 0) reply.header("X-Transformations", options.join(","));
  const stored = {
    metadata: { ...metadata, mimetype: image.headers.get("content-type") ?? metadata.mimetype, contentLength: length === null ? undefined : Number(length) },
    body: Readable.fromWeb(image.body as ReadableStream),
  };
  return sendFile(request, reply, stored, { download: request.query.download, expires, sMaxAge: app.config.server.sMaxAge, xRobotsTag: object.metadata?.xRobotsTag });
}

const accepted = (request: FastifyRequest, { format }: Transform): Record<string, string> =>
  format !== "origin" && request.headers.accept !== undefined ? { accept: request.headers.accept } : {};

async function ask({ imgproxyUrl, timeoutMs }: Context["app"]["config"]["image"], path: string, headers: Record<string, string>): Promise<Response> {
  const answer = await fetch(`${imgproxyUrl.replace(/\/$/, "")}${path}`, { headers, signal: AbortSignal.timeout(timeoutMs) }).catch((error: Error) => {
    throw errors.image(500, error.message);
  });
  if (answer.ok) return answer;
  const text = await answer.text();
  throw /not supported|compatible with|Broken or unsupported|Invalid source image/i.test(text)
    ? errors.image(400, "The source image is invalid or unsupported for rendering")
    : errors.image(answer.status, answer.status >= 500 ? "Internal error" : answer.status === 404 ? "Not found" : "Invalid image request");
}
