import type { FastifyReply, FastifyRequest } from "fastify";
import type { Stored } from "./files/store.ts";
import type { StoredObject } from "./database/rows.ts";

/** A file; or what was made of one, whose length is not known. */
type Sent = Omit<Stored, "metadata"> & { readonly metadata: Omit<Stored["metadata"], "contentLength"> & { readonly contentLength: number | undefined } };

export type Wanted = { readonly download?: string; readonly expires?: Date; readonly sMaxAge: number; readonly xRobotsTag?: unknown };

/** Sends a file with upstream's headers (src/storage/renderer/renderer.ts). */
export function sendFile(request: FastifyRequest, reply: FastifyReply, { metadata, range, body }: Sent, wanted: Wanted): FastifyReply {
  reply.status(metadata.httpStatusCode).headers({
    "Accept-Ranges": "bytes",
    "Content-Type": harmless(metadata.mimetype),
    ETag: metadata.eTag,
    "X-Robots-Tag": typeof wanted.xRobotsTag === "string" ? wanted.xRobotsTag : "none",
    "Last-Modified": metadata.lastModified.toUTCString(),
    ...(metadata.contentLength === undefined ? {} : { "Content-Length": metadata.contentLength }),
    ...(range === undefined ? {} : { "Content-Range": `bytes ${range.from}-${range.to}/${metadata.size}` }),
    ...disposition(wanted.download),
  });
  if (wanted.expires) reply.header("Expires", wanted.expires.toUTCString());
  else setCacheControl(reply, [metadata.cacheControl, ...freshness(request, metadata.eTag, wanted.sMaxAge)]);
  return reply.send(body);
}

/** The row's metadata as headers, without the file (src/storage/renderer/head.ts). */
export function sendHead(request: FastifyRequest, reply: FastifyReply, { metadata }: StoredObject, sMaxAge: number): FastifyReply {
  const { eTag, mimetype, contentLength, lastModified, cacheControl, xRobotsTag } = metadata ?? {};
  const known = request.headers["if-none-match"];
  const more = known === undefined ? [] : known !== eTag ? ["must-revalidate"] : sMaxAge > 0 ? [`s-maxage=${sMaxAge}`] : [];
  reply.status(200).headers({
    "Accept-Ranges": "bytes",
    ...(mimetype === undefined ? {} : { "Content-Type": harmless(mimetype) }),
    ...(eTag === undefined ? {} : { ETag: eTag }),
    ...(contentLength === undefined ? {} : { "Content-Length": contentLength }),
    ...(lastModified === undefined ? {} : { "Last-Modified": new Date(lastModified).toUTCString() }),
    "X-Robots-Tag": typeof xRobotsTag === "string" ? xRobotsTag : "none",
  });
  setCacheControl(reply, [cacheControl, ...more]);
  return reply.send();
}

/** The row as JSON (src/storage/renderer/info.ts). */
export function sendInfo(reply: FastifyReply, object: StoredObject): FastifyReply {
  const { eTag, mimetype, size, lastModified, cacheControl } = object.metadata ?? {};
  if (eTag !== undefined) reply.header("ETag", eTag);
  if (lastModified !== undefined) reply.header("Last-Modified", new Date(lastModified).toUTCString());
  setCacheControl(reply, [cacheControl]);
  return reply.status(200).send({
    id: object.id,
    name: object.name,
    version: object.version,
    bucket_id: object.bucket_id,
    size: size ?? null,
    content_type: mimetype ?? null,
    cache_control: cacheControl ?? null,
    etag: eTag ?? null,
    metadata: object.user_metadata,
    last_modified: object.updated_at,
    created_at: object.created_at,
  });
}

// A page of a stranger must not run under the project's address.
const harmless = (type: string): string => (type.includes("text/html") ? "text/plain" : type);

function disposition(download: string | undefined): Record<string, string> {
  if (download === undefined) return {};
  const name = encodeURIComponent(download);
  return { "Content-Disposition": download === "" ? "attachment;" : `attachment; filename=${name}; filename*=UTF-8''${name}` };
}

function freshness(request: FastifyRequest, eTag: string, sMaxAge: number): string[] {
  const known = request.headers["if-none-match"];
  if (known === undefined) return [];
  return [...(sMaxAge > 0 ? [`s-maxage=${sMaxAge}`] : []), ...(known === eTag ? [] : ["stale-while-revalidate=30"])];
}

function setCacheControl(reply: FastifyReply, values: (string | undefined)[]): void {
  const all = values.filter((value) => value !== undefined && value !== "");
  if (all.length > 0) reply.header("Cache-Control", all.join(", "));
}
