// JSON schemas of requests, so that what is refused is refused in upstream's (Ajv's, Fastify's) words. Sources: src/http/schemas, src/http/routes.
const text = { type: "string" } as const;
const count = (minimum: number) => ({ type: "integer", minimum }) as const;

export const token = { type: "object", properties: { authorization: text }, required: ["authorization"] } as const;
export const objectParams = { type: "object", properties: { bucketName: text, "*": text }, required: ["bucketName", "*"] } as const;
export const bucketNameParams = { type: "object", properties: { bucketName: text }, required: ["bucketName"] } as const;
export const bucketIdParams = { type: "object", properties: { bucketId: text }, required: ["bucketId"] } as const;

const fileSizeLimit = {
  anyOf: [
    { type: "integer", nullable: true, minimum: 0 },
    { type: "string", pattern: "^[0-9]+(?:\\.[0-9]+)?(?:[gG][bB]|[mM][bB]|[kK][bB]|[bB])$", nullable: true },
  ],
} as const;
const mimeTypes = { type: "array", nullable: true, items: text } as const;

export const newBucket = {
  type: "object",
  properties: {
    name: text, id: text, public: { type: "boolean" }, type: { type: "string", enum: ["STANDARD", "ANALYTICS"] },
    file_size_limit: fileSizeLimit, allowed_mime_types: mimeTypes,
  },
  required: ["name"],
} as const;
export const changedBucket = {
  type: "object",
  minProperties: 1,
  properties: { public: { type: "boolean" }, file_size_limit: fileSizeLimit, allowed_mime_types: mimeTypes },
  anyOf: [{ required: ["public"] }, { required: ["file_size_limit"] }, { required: ["allowed_mime_types"] }],
} as const;
export const bucketList = {
  type: "object",
  properties: {
    limit: count(1), offset: count(0), sortColumn: { type: "string", enum: ["id", "name", "created_at", "updated_at"] },
    sortOrder: { type: "string", enum: ["asc", "desc"] }, search: text,
  },
} as const;

const sortBy = (columns: string[]) =>
  ({
    type: "object",
    properties: { column: { type: "string", enum: columns }, order: { type: "string", enum: ["asc", "desc"] } },
    required: ["column"],
  }) as const;
export const objectList = {
  type: "object",
  properties: {
    prefix: text, limit: count(1), offset: count(0), search: text,
    sortBy: sortBy(["name", "updated_at", "created_at", "last_accessed_at"]),
  },
  required: ["prefix"],
} as const;
export const objectListV2 = {
  type: "object",
  properties: { prefix: text, limit: count(1), cursor: text, with_delimiter: { type: "boolean" }, sortBy: sortBy(["name", "updated_at", "created_at"]) },
} as const;

export const prefixes = { type: "object", properties: { prefixes: { type: "array", items: text, minItems: 1 } }, required: ["prefixes"] } as const;
export const move = {
  type: "object",
  properties: { bucketId: text, sourceKey: text, destinationBucket: text, destinationKey: text },
  required: ["bucketId", "sourceKey", "destinationKey"],
} as const;
export const copy = {
  type: "object",
  properties: {
    bucketId: text, sourceKey: text, destinationBucket: text, destinationKey: text, copyMetadata: { type: "boolean" },
    metadata: { type: "object", properties: { cacheControl: text, mimetype: text } },
  },
  required: ["sourceKey", "bucketId", "destinationKey"],
} as const;

const offset = { type: "number" } as const;
const transformProperties = {
  height: count(0), width: count(0), resize: { type: "string", enum: ["cover", "contain", "fill"] },
  format: { type: "string", enum: ["origin", "avif", "webp"] }, quality: { type: "integer", minimum: 20, maximum: 100 },
  gravity: { type: "string", enum: ["no", "so", "ea", "we", "noea", "nowe", "soea", "sowe", "ce", "sm", "fp"] }, x_offset: offset, y_offset: offset,
} as const;
export const transform = { type: "object", properties: transformProperties } as const;
export const rendered = { type: "object", properties: { ...transformProperties, download: text } } as const;
export const download = { type: "object", properties: { download: text } } as const;
export const signed = { type: "object", properties: { token: text, download: text }, required: ["token"] } as const;
export const signOne = { type: "object", properties: { expiresIn: count(1), transform }, required: ["expiresIn"] } as const;
export const signMany = {
  type: "object",
  properties: { expiresIn: count(1), paths: { type: "array", items: text, minItems: 1, maxItems: 1000 } },
  required: ["expiresIn", "paths"],
} as const;
