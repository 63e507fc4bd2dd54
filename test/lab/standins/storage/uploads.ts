import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Context } from "./context.ts";
import { type Bucket, findObject, insertObject, lockObject, type NewObject, type StoredObject } from "./database/rows.ts";
import { errors } from "./errors.ts";
import { objectKey } from "./files/path.ts";
import type { FileMetadata } from "./files/store.ts";
import { log } from "./log.ts";
import { checkKey, isEmptyFolder } from "./names.ts";

export type Upload = {
  readonly bucketId: string;
  readonly name: string;
  readonly owner?: string;
  readonly isUpsert: boolean;
  readonly body: Readable;
  readonly mimeType: string;
  readonly cacheControl: string;
  readonly userMetadata?: unknown;
  /** What the caller says that it sends; policies can read it. */
  readonly declaredLength?: number;
  readonly xRobotsTag?: string;
  /** Whether more came than is allowed. */
  readonly isTruncated: () => boolean;
};

type Wanted = { bucketId: string; name: string; owner?: string; isUpsert: boolean; userMetadata?: unknown; metadata?: unknown };

/** Asks the policies: the row is written as the caller and taken back. @throws StorageError AccessDenied, KeyAlreadyExists */
export async function checkUpload({ db }: Context, { isUpsert, ...object }: Wanted): Promise<void> {
  await db.testPermission((tx) => insertObject(tx, { ...object, version: "1" }, isUpsert ? "update" : "fail"));
}

export async function upload(context: Context, options: Upload): Promise<{ object: StoredObject; metadata: FileMetadata }> {
  const { bucketId, name, owner, isUpsert, userMetadata } = options;
  checkKey(name);
  await checkUpload(context, {
    bucketId, name, owner, isUpsert, userMetadata,
    metadata: { mimetype: options.mimeType, contentLength: options.declaredLength },
  });
  const version = randomUUID();
  return orRemoved(context, { bucketId, name, version }, async () => {
    const key = objectKey({ tenantId: context.tenant.id, bucketId, name }, version);
    const written = await context.app.files.write(key, options.body, { contentType: options.mimeType, cacheControl: options.cacheControl });
    if (options.isTruncated()) throw errors.entityTooLarge();
    const metadata = { ...written, ...(options.xRobotsTag === undefined ? {} : { xRobotsTag: options.xRobotsTag }) };
    // Upstream stores an empty object when the caller gave none.
    const object = await finishUpload(context, { bucketId, name, owner, version, metadata, userMetadata: { ...(userMetadata as object | undefined) } });
    return { object, metadata };
  });
}

/** The row, as the service role, now that the file is there; then the file of the version before goes. */
export async function finishUpload(context: Context, object: NewObject): Promise<StoredObject> {
  const { bucketId, name } = object;
  const { saved, previous } = await context.db.asSuperUser().transaction(async (tx) => {
    await lockObject(tx, bucketId, name);
    const previous = await findObject(tx, bucketId, name, "for update");
    return { saved: await insertObject(tx, object, "update"), previous };
  });
  if (previous !== undefined && previous.version !== object.version) await removeFile(context, { bucketId, name, version: previous.version });
  return saved;
}

type Version = { bucketId: string; name: string; version: string | null };

/** The work, which made this version's file; when it fails the file goes too. */
export async function orRemoved<T>(context: Context, version: Version, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await removeFile(context, version);
    throw error;
  }
}

/** A file that can not be removed is no failure of the request: its row is gone. */
export async function removeFile({ app, tenant }: Context, { bucketId, name, version }: Version): Promise<void> {
  const key = objectKey({ tenantId: tenant.id, bucketId, name }, version);
  await app.files.remove(key).catch((error: Error) => log("error", "file not removed", { type: "file", tenantId: tenant.id, error: error.message }));
}

/** bytes: the smallest of the tenant's, the bucket's and the limit of uploads in one piece. */
export function sizeLimit({ app, tenant }: Context, bucket: Pick<Bucket, "file_size_limit">, name: string): number {
  if (isEmptyFolder(name)) return 0;
  const standard = app.config.upload.fileSizeLimitStandard;
  return Math.min(tenant.fileSizeLimit, bucket.file_size_limit === null ? Infinity : Number(bucket.file_size_limit), standard > 0 ? standard : Infinity);
}
