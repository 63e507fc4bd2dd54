/** Upstream's error (src/internal/errors): the body's statusCode is `statusCode`, but the answer's own status is 400 or 500, as the clients know it. */
export class StorageError extends Error {
  readonly statusCode: number;
  readonly code: string;
  /** The body's `error`, where an older name than the code is kept. */
  readonly error: string;
  readonly httpStatus: number;
  constructor(statusCode: number, code: string, message: string, options: { error?: string; httpStatus?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.statusCode = statusCode;
    this.code = code;
    this.error = options.error ?? code;
    this.httpStatus = options.httpStatus ?? (statusCode === 500 ? 500 : 400);
  }
}

export type ErrorBody = { statusCode: string; error: string; message: string; code: string };

export const errorBody = ({ statusCode, error, message, code }: StorageError): ErrorBody => ({ statusCode: String(statusCode), error, message, code });

/** src/internal/errors/codes.ts */
export const errors = {
  bucketNotEmpty: () => new StorageError(409, "ResourceNotEmpty", "The bucket you tried to delete is not empty"),
  noSuchBucket: () => new StorageError(404, "NoSuchBucket", "Bucket not found", { error: "Bucket not found" }),
  noSuchKey: () => new StorageError(404, "NoSuchKey", "Object not found", { error: "not_found" }),
  accessDenied: (message: string, cause?: unknown) => new StorageError(403, "AccessDenied", message, { error: "Unauthorized", cause }),
  alreadyExists: (code: "ResourceAlreadyExists" | "KeyAlreadyExists" | "BucketAlreadyExists") =>
    new StorageError(409, code, "The resource already exists", { error: "Duplicate" }),
  invalidBucketName: () => new StorageError(400, "InvalidBucketName", "Bucket name invalid", { error: "Invalid Input" }),
  invalidKey: (key: string) => new StorageError(400, "InvalidKey", `Invalid key: ${key}`),
  invalidMimeType: (type: string) => new StorageError(415, "InvalidMimeType", `mime type ${type} is not supported`, { error: "invalid_mime_type" }),
  invalidFileSizeLimit: () => new StorageError(400, "InvalidRequest", "Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B"),
  invalidRange: () => new StorageError(416, "InvalidRange", "invalid range provided", { error: "invalid_range", httpStatus: 416 }),
  invalidParameter: (name: string, message = `Invalid Parameter ${name}`) => new StorageError(400, "InvalidParameter", message),
  invalidRequest: (message: string, statusCode = 400) => new StorageError(statusCode, "InvalidRequest", message),
  invalidJwt: (message: string) => new StorageError(400, "InvalidJWT", message),
  invalidSignature: (message = "Invalid signature") => new StorageError(400, "InvalidSignature", message),
  invalidUploadId: (message = "Invalid upload id") => new StorageError(400, "InvalidUploadId", message),
  expiredToken: () => new StorageError(400, "ExpiredToken", "The provided token has expired."),
  entityTooLarge: (what = "object") => new StorageError(413, "EntityTooLarge", `The ${what} exceeded the maximum allowed size`, { error: "Payload too large" }),
  noContent: (message = "No content provided") => new StorageError(400, "InvalidRequest", message),
  tenantNotFound: (message: string) => new StorageError(400, "TenantNotFound", message),
  featureNotEnabled: (feature: string) => new StorageError(409, "FeatureNotEnabled", `The feature ${feature} is not enabled for this resource`),
  databaseTimeout: (cause?: unknown) => new StorageError(544, "DatabaseTimeout", "The connection to the database timed out", { httpStatus: 544, cause }),
  image: (statusCode: number, message: string) => new StorageError(statusCode, statusCode > 499 ? "InternalError" : "InvalidRequest", message),
};

/** For what upstream does and this stand-in does not: nobody shall take a quiet difference for upstream's behaviour. */
export const lacks = (what: string): StorageError =>
  new StorageError(501, "NotImplemented", `lab-storage, a stand-in for Supabase Storage, lacks ${what}`, { httpStatus: 501 });
