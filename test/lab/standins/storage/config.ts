import { ConfigError, Env } from "./env.ts";
import { isJwks, type Jwk } from "./jwk.ts";

export type Config = ReturnType<typeof readConfig>;

/** Upstream's variables (src/config.ts), each with its older name after it. */
export function readConfig(env: Env) {
  const isMultitenant = env.isTrue("MULTI_TENANT", "IS_MULTITENANT");
  const tenantId = env.text("storage-single-tenant", "PROJECT_REF", "TENANT_ID");
  return {
    isMultitenant,
    tenantId: isMultitenant ? "" : tenantId,
    version: env.text("0.0.0", "VERSION"),
    server: readServer(env),
    admin: readAdmin(env),
    jwt: readJwt(env, isMultitenant),
    database: readDatabase(env, isMultitenant),
    files: readFiles(env),
    upload: {
      /** Bytes; without it there is no limit, as upstream, whose NaN is larger than nothing. */
      fileSizeLimit: env.int(Infinity, "UPLOAD_FILE_SIZE_LIMIT", "FILE_SIZE_LIMIT"),
      fileSizeLimitStandard: env.int(0, "UPLOAD_FILE_SIZE_LIMIT_STANDARD", "FILE_SIZE_LIMIT_STANDARD_UPLOAD"),
      /** seconds */
      signedUrlExpirationTime: env.int(60, "UPLOAD_SIGNED_URL_EXPIRATION_TIME", "SIGNED_UPLOAD_URL_EXPIRATION_TIME"),
    },
    tus: { path: env.text("/upload/resumable", "TUS_URL_PATH"), isProduction: env.optional("NODE_ENV") === "production" },
    emptyBucketMax: env.int(200_000, "STORAGE_EMPTY_BUCKET_MAX"),
    hardLimits: env.isTrue("REQUEST_HARD_LIMITS_ENABLED"),
    image: {
      isEnabled: env.isTrue("IMAGE_TRANSFORMATION_ENABLED", "ENABLE_IMAGE_TRANSFORMATION"),
      imgproxyUrl: env.text("", "IMGPROXY_URL"),
      timeoutMs: env.int(15, "IMGPROXY_REQUEST_TIMEOUT") * 1000,
      minSize: env.int(1, "IMAGE_TRANSFORMATION_LIMIT_MIN_SIZE", "IMG_LIMITS_MIN_SIZE"),
      maxSize: env.int(2000, "IMAGE_TRANSFORMATION_LIMIT_MAX_SIZE", "IMG_LIMITS_MAX_SIZE"),
    },
  };
}

function readServer(env: Env) {
  return {
    host: env.text("0.0.0.0", "SERVER_HOST", "HOST"),
    port: env.int(5000, "SERVER_PORT", "PORT"),
    keepAliveMs: env.int(61, "SERVER_KEEP_ALIVE_TIMEOUT") * 1000,
    headersMs: env.int(65, "SERVER_HEADERS_TIMEOUT") * 1000,
    requestIdHeader: env.optional("REQUEST_TRACE_HEADER", "REQUEST_ID_HEADER"),
    /** Group 1 of its match in X-Forwarded-Host is the tenant; with several tenants only. */
    forwardedHost: readForwardedHost(env),
    allowForwardedPrefix: env.isTrue("REQUEST_ALLOW_X_FORWARDED_PATH"),
    publicUrl: env.optional("STORAGE_PUBLIC_URL"),
    sMaxAge: env.int(0, "RESPONSE_S_MAXAGE"),
  };
}

function readForwardedHost(env: Env): RegExp | undefined {
  const text = env.optional("REQUEST_X_FORWARDED_HOST_REGEXP", "X_FORWARDED_HOST_REGEXP");
  return text === undefined ? undefined : new RegExp(text);
}

function readAdmin(env: Env) {
  return {
    port: env.int(5001, "SERVER_ADMIN_PORT", "ADMIN_PORT"),
    // Upstream lets an empty header in when no key is set; this one lets nobody in then.
    apiKeys: env.text("", "SERVER_ADMIN_API_KEYS", "ADMIN_API_KEYS").split(",").filter((key) => key !== ""),
    showSecrets: env.optional("ADMIN_RETURN_TENANT_SENSITIVE_DATA") !== "false",
    encryptionKey: env.text("", "AUTH_ENCRYPTION_KEY", "ENCRYPTION_KEY"),
  };
}

function readJwt(env: Env, isMultitenant: boolean) {
  const names = ["AUTH_JWT_SECRET", "PGRST_JWT_SECRET"];
  return {
    secret: isMultitenant ? env.text("", ...names) : env.required(...names),
    algorithm: env.text("HS256", "AUTH_JWT_ALGORITHM", "PGRST_JWT_ALGORITHM"),
    jwks: readJwks(env),
    serviceKey: env.text("", "SERVICE_KEY"),
    anonKey: env.text("", "ANON_KEY"),
    serviceRole: env.text("service_role", "DB_SERVICE_ROLE"),
    anonRole: env.text("anon", "DB_ANON_ROLE"),
    authenticatedRole: env.text("authenticated", "DB_AUTHENTICATED_ROLE"),
    superUser: env.text("postgres", "DB_SUPER_USER"),
  };
}

function readJwks(env: Env): Jwk[] {
  const text = env.optional("JWT_JWKS");
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    if (isJwks(value)) return value.keys;
  } catch {
    // The parser's error quotes the text, and that holds keys.
  }
  throw new ConfigError("Unable to parse JWT_JWKS value to JSON");
}

function readDatabase(env: Env, isMultitenant: boolean) {
  const multitenant = ["DATABASE_MULTITENANT_URL", "MULTITENANT_DATABASE_URL"];
  return {
    url: isMultitenant ? "" : env.required("DATABASE_URL"),
    poolUrl: env.optional("DATABASE_POOL_URL"),
    multitenantUrl: isMultitenant ? env.required(...multitenant) : "",
    multitenantMaxConnections: env.int(10, "DATABASE_MULTITENANT_MAX_CONNECTIONS", "MULTITENANT_DATABASE_MAX_CONNECTIONS"),
    maxConnections: env.int(20, "DATABASE_MAX_CONNECTIONS"),
    idleMs: env.int(60_000, "DATABASE_FREE_POOL_AFTER_INACTIVITY"),
    connectionMs: env.int(3000, "DATABASE_CONNECTION_TIMEOUT"),
    statementMs: env.int(30_000, "DATABASE_STATEMENT_TIMEOUT"),
    searchPath: ["storage", "public", "extensions", ...env.text("", "DATABASE_SEARCH_PATH", "DB_SEARCH_PATH").split(",")].filter((part) => part !== ""),
    applicationName: env.text(`Supabase Storage API ${env.text("0.0.0", "VERSION")}`, "DATABASE_APPLICATION_NAME"),
  };
}

function readFiles(env: Env) {
  const path = env.optional("STORAGE_FILE_BACKEND_PATH", "FILE_STORAGE_BACKEND_PATH");
  if (path === undefined) throw new ConfigError("FILE_STORAGE_BACKEND_PATH env variable not set");
  const bucket = env.optional("STORAGE_S3_BUCKET", "GLOBAL_S3_BUCKET");
  // Upstream starts, and writes below a folder named "undefined".
  if (bucket === undefined) throw new ConfigError("GLOBAL_S3_BUCKET is undefined");
  const etag = env.text("md5", "STORAGE_FILE_ETAG_ALGORITHM");
  if (etag !== "md5" && etag !== "mtime") throw new ConfigError('FILE_STORAGE_ETAG_ALGORITHM env variable must be either "mtime" or "md5"');
  return { path, bucket, etag: etag as "md5" | "mtime" };
}
