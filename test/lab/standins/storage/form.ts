import { type Readable, Transform } from "node:stream";
import type { FastifyRequest } from "fastify";
import type { Bucket } from "./database/rows.ts";
import { errors } from "./errors.ts";
import { checkMimeType, isEmptyFolder } from "./names.ts";
import type { Upload } from "./uploads.ts";

const MAX_USER_METADATA = 1024 * 1024;

type Body = Pick<Upload, "body" | "mimeType" | "cacheControl" | "userMetadata" | "declaredLength" | "xRobotsTag" | "isTruncated">;

/** The file of a request, from a form or as the body itself (src/storage/uploader.ts, fileUploadFromRequest). @param limit bytes */
export async function readUpload(request: FastifyRequest, bucket: Pick<Bucket, "allowed_mime_types">, name: string, limit: number): Promise<Body> {
  const isForm = request.headers["content-type"]?.startsWith("multipart/form-data") ?? false;
  const found = isForm ? await readForm(request, limit) : readRaw(request, limit);
  const allowed = bucket.allowed_mime_types ?? [];
  if (allowed.length > 0 && !isEmptyFolder(name)) checkMimeType(found.mimeType, allowed);
  const robots = request.headers["x-robots-tag"];
  return { ...found, declaredLength: contentLength(request), ...(typeof robots === "string" ? { xRobotsTag: robots } : {}) };
}

async function readForm(request: FastifyRequest, limit: number): Promise<Body> {
  const file = await request.file({ limits: { fileSize: limit } }).catch((error: Error) => {
    throw errors.noContent(error.message);
  });
  if (file === undefined) throw errors.noContent();
  // Fields count only when they come before the file, as upstream.
  const field = (key: string): string | undefined => {
    const value = file.fields[key]?.value;
    return typeof value === "string" ? value : undefined;
  };
  const cacheTime = field("cacheControl");
  return {
    body: file.file,
    mimeType: field("contentType") || file.mimetype,
    cacheControl: cacheTime ? `max-age=${cacheTime}` : "no-cache",
    userMetadata: readJson(field("metadata") ?? field("userMetadata")),
    isTruncated: () => file.file.truncated,
  };
}

function readRaw(request: FastifyRequest, limit: number): Body {
  const length = contentLength(request);
  if (length !== undefined && length > limit) throw errors.entityTooLarge();
  return {
    body: limited(request.raw, limit),
    mimeType: request.headers["content-type"] || "application/octet-stream",
    cacheControl: request.headers["cache-control"] ?? "no-cache",
    userMetadata: readUserMetadata(request.headers["x-metadata"]),
    isTruncated: () => false,
  };
}

/**
 * The request's body, which fails when it gets too long. Upstream asks the announced length alone; this one counts, so that a body of unknown
 * length passes no limit. The request itself is not destroyed: its connection has to carry the answer.
 */
function limited(body: Readable, limit: number): Readable {
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > limit ? errors.entityTooLarge() : null, chunk);
    },
  });
  counted.once("error", () => body.unpipe(counted).resume());
  body.once("close", () => {
    if (!body.readableEnded) counted.destroy(errors.noContent("Request stream closed before upload could begin"));
  });
  return body.pipe(counted);
}

/** JSON in base64; what can not be read is none. */
export function readUserMetadata(header: string | string[] | undefined): unknown {
  return typeof header === "string" ? readJson(Buffer.from(header, "base64").toString("utf8")) : undefined;
}

function readJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (Buffer.byteLength(text, "utf8") > MAX_USER_METADATA) throw errors.entityTooLarge("user_metadata");
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function contentLength(request: FastifyRequest): number | undefined {
  const length = Number(request.headers["content-length"]);
  return Number.isFinite(length) && length >= 0 ? length : undefined;
}
