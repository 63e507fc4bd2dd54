import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { FileStore as TusFiles } from "@tus/file-store";
import { Metadata, Server, type Upload, type WebRequest } from "@tus/server";
import { type App, type Context, contextOf } from "../context.ts";
import { bucketOf } from "../database/rows.ts";
import { errors, StorageError } from "../errors.ts";
import { checkBucketName, checkKey, checkMimeType } from "../names.ts";
import { verifySignature } from "../signatures.ts";
import { checkUpload, finishUpload } from "../uploads.ts";
import { type UploadId, parseUploadId, uploadUrl, userMetadataOf } from "../uploadId.ts";

type Session = Context & { isUpsert: boolean; uploader: string | undefined };

/** The request's session, for @tus/server's hooks, which see Node's request alone. */
const sessions = new WeakMap<IncomingMessage, Session>();

const nodeRequest = (request: WebRequest): IncomingMessage => request.runtime!.node!.req;

function sessionOf(request: WebRequest): Session {
  const session = sessions.get(nodeRequest(request));
  if (session === undefined) throw errors.invalidRequest("Request object is missing", 500);
  return session;
}

/** Resumable uploads (src/http/routes/tus); `/sign` takes the token of a signed upload in place of a caller's. */
export function tusRoutes(scope: FastifyInstance, app: App): void {
  const server = newTusServer(app);
  scope.addContentTypeParser("application/offset+octet-stream", (_request, _payload, done) => done(null));
  const operations = { POST: "create", PATCH: "part", HEAD: "get", DELETE: "delete", OPTIONS: "options" } as const;
  for (const [suffix, kind] of [["", ""], ["/sign", "_signed"]] as const) {
    for (const [method, operation] of Object.entries(operations)) {
      const handler = async (request: FastifyRequest, reply: any) => {
        const isOpen = kind !== "" || method === "OPTIONS";
        const context = await contextOf(app, request, isOpen ? "service" : "token");
        sessions.set(request.raw, { ...context, isUpsert: request.headers["x-upsert"] === "true", uploader: context.owner });
        reply.hijack();
        for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value);
        await server.handle(request.raw, reply.raw);
      };
      const name = method === "OPTIONS" ? "storage.tus.options" : `storage.tus.upload.${operation}`;
      const config = { operation: `${name}${kind}` };
      for (const url of suffix === "" ? ["/", "/*"] : [suffix, `${suffix}/`, `${suffix}/*`]) scope.route({ method, url, exposeHeadRoute: false, config, handler });
    }
  }
}

function newTusServer(app: App): Server {
  const { path } = app.config.tus;
  const files = new TusFiles({ directory: `${app.config.files.path}/${app.config.files.bucket}` });
  return new Server({
    path,
    datastore: files,
    disableTerminationForFinishedUploads: true,
    respectForwardedHeaders: true,
    allowedHeaders: ["Authorization", "X-Upsert", "Upload-Expires", "ApiKey", "x-signature"],
    namingFunction: (request, metadata) => nameUpload(sessionOf(request), metadata),
    generateUrl: (request, parts) => uploadUrl(app.config, nodeRequest(request), parts),
    getFileIdFromRequest: (request) => idInUrl(request, path),
    onIncomingRequest: (request, id) => checkRequest(request, parseUploadId(id), async () => (await files.getUpload(id)) as Upload),
    onUploadCreate: async (request, upload) => ({ metadata: await checkMetadata(sessionOf(request), upload) }),
    onUploadFinish: async (request, upload) => finish(sessionOf(request), upload),
    onResponseError: (_request, error) => asTusError(error),
    maxSize: async (request, id) => limitOf(sessionOf(request), id),
  });
}

function nameUpload({ tenant }: Session, metadata: Record<string, string | null> | undefined): string {
  if (metadata === undefined) throw errors.invalidRequest("Metadata header is required");
  const { bucketName, objectName } = metadata;
  checkBucketName(bucketName ?? "");
  checkKey(objectName ?? "");
  return `${tenant.id}/${bucketName}/${objectName}/${randomUUID()}`;
}

/** The tenant is no part of the address: the one of the request is put in front. */
function idInUrl(request: WebRequest, path: string): string | undefined {
  const part = /([^/?]+)\/?(?:\?.*)?$/.exec(nodeRequest(request).url ?? "")?.[1];
  if (part === undefined || path.includes(part)) return undefined;
  return `${sessionOf(request).tenant.id}/${Buffer.from(part, "base64url").toString("utf8")}`;
}

/** Asks the policies at each step but HEAD and OPTIONS. */
async function checkRequest(request: WebRequest, { bucketId, name }: UploadId, stored: () => Promise<Upload>): Promise<void> {
  const session = sessionOf(request);
  const { headers, method, url = "" } = nodeRequest(request);
  if (url.startsWith(`${session.app.config.tus.path}/sign`)) {
    const signature = headers["x-signature"];
    if (typeof signature !== "string") throw errors.invalidSignature("Missing x-signature header");
    const { owner, upsert = false } = await verifySignature(session, signature, `${bucketId}/${name}`, "upload");
    Object.assign(session, { uploader: owner, isUpsert: upsert });
    return;
  }
  if (method === "HEAD" || method === "OPTIONS") return;
  const { metadata, size } = method === "POST" ? announced(headers) : await stored();
  await checkUpload(session, {
    bucketId, name, owner: session.uploader, isUpsert: session.isUpsert,
    userMetadata: userMetadataOf(metadata),
    metadata: { mimetype: metadata?.contentType ?? undefined, contentLength: size },
  });
}

function announced(headers: IncomingMessage["headers"]): Pick<Upload, "metadata" | "size"> {
  const text = headers["upload-metadata"];
  const length = headers["upload-length"];
  try {
    return { metadata: typeof text === "string" ? Metadata.parse(text) : undefined, size: length === undefined ? undefined : Number(length) };
  } catch {
    throw errors.invalidParameter("upload-metadata", "Invalid Upload-Metadata header");
  }
}

async function checkMetadata({ db }: Session, upload: Upload): Promise<Record<string, string | null>> {
  const bucket = await bucketOf(db.asSuperUser(), parseUploadId(upload.id).bucketId);
  const metadata = { ...upload.metadata };
  const seconds = metadata.cacheControl ?? "";
  metadata.cacheControl = /^-?\d+$/.test(seconds) ? `max-age=${seconds}` : "no-cache";
  if (metadata.contentType && bucket.allowed_mime_types) checkMimeType(metadata.contentType, bucket.allowed_mime_types);
  return metadata;
}

async function finish(session: Session, upload: Upload): Promise<{ headers: Record<string, string> }> {
  const { bucketId, name, version } = parseUploadId(upload.id);
  const { files } = session.app;
  await files.setAttributes(upload.id, { contentType: upload.metadata?.contentType ?? undefined, cacheControl: upload.metadata?.cacheControl ?? undefined });
  const metadata = await files.head(upload.id);
  await finishUpload(session, { bucketId, name, version, owner: session.uploader, metadata, userMetadata: userMetadataOf(upload.metadata) });
  return { headers: { "Tus-Complete": "1" } };
}

/** bytes: the bucket's limit, or the tenant's while the bucket is not known. */
async function limitOf({ db, tenant }: Session, id: string | null): Promise<number> {
  if (!id) return tenant.fileSizeLimit;
  const { file_size_limit: limit } = await bucketOf(db.asSuperUser(), parseUploadId(id).bucketId);
  return Math.min(limit === null ? Infinity : Number(limit), tenant.fileSizeLimit);
}

const asTusError = (error: unknown): { status_code: number; body: string } | undefined =>
  error instanceof StorageError ? { status_code: error.statusCode, body: error.message } : undefined;
