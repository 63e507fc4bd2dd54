import { errors } from "./errors.ts";

/** What S3 takes without care, and what it takes with care (src/storage/limits.ts). */
const KEY = /^[A-Za-z0-9_/!.*'() &$=@;:+,?-]+$/;
const BUCKET = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]{1,100}$/;
/** The suffix of Iceberg's buckets. */
const RESERVED = "--table-s3";

export function checkKey(key: string): void {
  if (!KEY.test(key)) throw errors.invalidKey(key);
}

export function checkBucketName(name: string): void {
  if (!BUCKET.test(name)) throw errors.invalidBucketName();
}

export function checkNewBucketName(name: string): void {
  if (name.trim() !== name) throw errors.invalidBucketName();
  checkBucketName(name);
  if (name.endsWith(RESERVED)) throw errors.invalidBucketName();
}

/** What Studio puts into a folder to make it be: it has no size and any type. */
export const isEmptyFolder = (name: string): boolean => name.endsWith(".emptyFolderPlaceholder");

export const isUuid = (value: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-5][0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(value);

/** In LIKE and ILIKE these three are no letters. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

/** `image/png` among `image/*`, `image/png`. What follows the type (`; charset=…`) is a part of it, as upstream compares. */
export function checkMimeType(type: string, allowed: readonly string[]): void {
  const [kind, name] = type.split("/");
  const isAllowed = name !== undefined && allowed.map((each) => each.split("/")).some(([k, n]) => k === kind && (n === "*" || n === name));
  if (!isAllowed) throw errors.invalidMimeType(type);
}

const MIME_TYPE = /^([a-zA-Z0-9\-+.]+)\/([a-zA-Z0-9\-+.]+)(;\s*charset=[a-zA-Z0-9-]+)?$|\*$/;

/** What a bucket may allow. */
export function checkMimeTypes(types: readonly string[]): void {
  const bad = types.find((type) => type.length > 1000 || !MIME_TYPE.test(type));
  if (bad !== undefined) throw errors.invalidMimeType(bad);
}

const UNITS = { gb: 1e9, mb: 1e6, kb: 1000, b: 1 };

/** `50MB`, decimal. @returns bytes */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(gb|mb|kb|b)$/i.exec(text);
  if (!match) throw errors.invalidFileSizeLimit();
  return Number(parseFloat(match[1]!).toPrecision(3)) * UNITS[match[2]!.toLowerCase() as keyof typeof UNITS];
}
