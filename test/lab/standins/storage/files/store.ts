import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, type Stats } from "node:fs";
import { copyFile, mkdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { getAttribute, removeAttribute, setAttribute } from "@napi-rs/xattr";
import { type ByteRange, parseRange } from "./range.ts";
import { securePath } from "./path.ts";

/** What storage.objects.metadata holds of a file, in upstream's names. */
export type FileMetadata = {
  readonly eTag: string;
  readonly size: number;
  readonly mimetype: string;
  readonly cacheControl: string;
  readonly lastModified: Date;
  readonly contentLength: number;
  readonly httpStatusCode: number;
};

export type Stored = { readonly metadata: FileMetadata; readonly range?: ByteRange; readonly body?: Readable };

type Attributes = { contentType?: string; cacheControl?: string };
type Conditions = { ifNoneMatch?: string; ifModifiedSince?: string; range?: string };

/** src/storage/backend/file.ts: copies and backups must keep them (facts/tenancy.md §2.4). */
const CONTENT_TYPE = "user.supabase.content-type";
const CACHE_CONTROL = "user.supabase.cache-control";

/** Files in upstream's layout: `<directory>/<bucket>/<tenant>/<bucket id>/<name>/<version>`, type and cache control in extended attributes. */
export class FileStore {
  readonly #root: string;
  readonly #etag: "md5" | "mtime";

  constructor({ path, bucket, etag }: { path: string; bucket: string; etag: "md5" | "mtime" }) {
    this.#root = join(path, bucket);
    this.#etag = etag;
  }

  /** Where it is, for imgproxy, which reads the same volume. */
  path(key: string): string {
    return securePath(this.#root, key);
  }

  async write(key: string, body: Readable, attributes: Attributes): Promise<FileMetadata> {
    const file = this.path(key);
    await mkdir(dirname(file), { recursive: true });
    await pipeline(body, createWriteStream(file));
    await this.setAttributes(key, attributes);
    return this.head(key);
  }

  async head(key: string): Promise<FileMetadata> {
    const file = this.path(key);
    const found = await stat(file);
    const [contentType, cacheControl] = await Promise.all([getAttribute(file, CONTENT_TYPE), getAttribute(file, CACHE_CONTROL)]);
    return {
      eTag: await this.#etagOf(file, found),
      size: found.size,
      mimetype: contentType?.toString() || "application/octet-stream",
      cacheControl: cacheControl?.toString() || "no-cache",
      lastModified: found.mtime,
      contentLength: found.size,
      httpStatusCode: 200,
    };
  }

  async read(key: string, { ifNoneMatch, ifModifiedSince, range }: Conditions): Promise<Stored> {
    const metadata = await this.head(key);
    const isKnown = ifNoneMatch === metadata.eTag || (ifModifiedSince !== undefined && metadata.lastModified <= new Date(ifModifiedSince));
    if (isKnown) return { metadata: { ...metadata, httpStatusCode: 304, contentLength: 0 } };
    const file = this.path(key);
    if (range === undefined) return { metadata, body: createReadStream(file) };
    const part = parseRange(range, metadata.size);
    const length = part.to - part.from + 1;
    return {
      metadata: { ...metadata, httpStatusCode: 206, contentLength: length },
      range: part,
      body: createReadStream(file, { start: part.from, end: part.to }),
    };
  }

  /** @param attributes instead of the source's */
  async copy(from: string, to: string, attributes?: Attributes): Promise<FileMetadata> {
    const target = this.path(to);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(this.path(from), target);
    const source = this.path(from);
    const [contentType, cacheControl] = await Promise.all([getAttribute(source, CONTENT_TYPE), getAttribute(source, CACHE_CONTROL)]);
    await this.setAttributes(to, attributes ?? { contentType: contentType?.toString(), cacheControl: cacheControl?.toString() });
    return this.head(to);
  }

  /** Takes folders that get empty with it. What is not there is no error. */
  async remove(key: string): Promise<void> {
    const file = this.path(key);
    await rm(file, { recursive: true, force: true });
    for (let folder = dirname(file); folder.startsWith(`${this.#root}/`); folder = dirname(folder)) {
      try {
        await rmdir(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
      }
    }
  }

  async setAttributes(key: string, { contentType, cacheControl }: Attributes): Promise<void> {
    const file = this.path(key);
    await Promise.all([setOrRemove(file, CONTENT_TYPE, contentType), setOrRemove(file, CACHE_CONTROL, cacheControl)]);
  }

  async #etagOf(file: string, { mtimeMs, size }: Stats): Promise<string> {
    if (this.#etag === "mtime") return `"${mtimeMs.toString(16)}-${size.toString(16)}"`;
    const hash = createHash("md5");
    await pipeline(createReadStream(file), hash);
    return `"${hash.digest("hex")}"`;
  }
}

async function setOrRemove(file: string, name: string, value: string | undefined): Promise<void> {
  if (value !== undefined) return setAttribute(file, name, value);
  // The binding's error has no code that tells "not there" from others.
  if ((await getAttribute(file, name)) !== null) await removeAttribute(file, name);
}
