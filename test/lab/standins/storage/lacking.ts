import { ConfigError, type Env } from "./env.ts";

/** Variables that ask for behaviour whose absence nobody would see: better no start than a quiet difference. */
const refusedWhenTrue = [
  "PG_QUEUE_ENABLE", "ENABLE_QUEUE_EVENTS", "DB_INSTALL_ROLES", "ICEBERG_ENABLED", "VECTOR_ENABLED", "VECTOR_STORE_MIGRATIONS_ENABLED",
  "RATE_LIMITER_ENABLED", "ENABLE_RATE_LIMITER", "LOGFLARE_ENABLED", "TUS_USE_FILE_VERSION_SEPARATOR", "DATABASE_HEALTHCHECK_UNSCOPED",
  "PROMETHEUS_METRICS_ENABLED", "OTEL_METRICS_ENABLED", "TRACING_ENABLED",
];
const refusedWhenSet = ["DB_MIGRATIONS_FREEZE_AT", "DATABASE_SSL_ROOT_CERT", "WEBHOOK_URL", "CDN_PURGE_ENDPOINT_URL", "REQUEST_ETAG_HEADERS", "DATABASE_MULTITENANT_POOL_URL"];
/** The one value that this stand-in has. */
const only: Record<string, string> = {
  STORAGE_BACKEND: "file", TUS_LOCK_TYPE: "postgres", DB_MIGRATIONS_STRATEGY: "on_request", DATABASE_ENGINE: "postgres", WORKERS_NUM: "1",
};

/** Variables of upstream that this stand-in takes and does nothing with; each start says so once. */
const withoutEffect =
  /^(POSTGREST_URL|REGION|SERVER_REGION|S3_|STORAGE_S3_|GLOBAL_S3_|AWS_|IMGPROXY_HTTP_|RATE_LIMITER_|TUS_(PART|URL_EXPIRY|MAX|ALLOW)|PG_QUEUE_|WEBHOOK_|QUEUE_|ICEBERG_|VECTOR_|LOG_LEVEL|LOGFLARE_|OTEL_|TRACING_|PROFILING_|EXPOSE_DOCS|SERVICE_NAME|JWT_CACHING_ENABLED|TENANT_POOL_CACHE_|CDN_|DATABASE_(TLS|POOL_DRAIN|ENABLE_QUERY|POSTGRES_VERSION|MULTITENANT_QUERY_TIMEOUT)|DB_ALLOW_MIGRATION_REFRESH|ADMIN_REQUEST_ID|REQUEST_ADMIN_TRACE_HEADER)/;

export function refuseWhatIsLacking(env: Env): void {
  const refuse = (what: string) => {
    throw new ConfigError(`lab-storage is a stand-in and lacks ${what}: unset it, or run upstream's image`);
  };
  for (const key of refusedWhenTrue) if (env.isTrue(key)) refuse(`${key}=true`);
  for (const key of refusedWhenSet) if (env.optional(key) !== undefined) refuse(key);
  for (const [key, value] of Object.entries(only)) {
    const given = env.optional(key);
    // Upstream without STORAGE_BACKEND takes S3.
    if ((given ?? (key === "STORAGE_BACKEND" ? "s3" : value)) !== value) refuse(`${key} other than ${value}`);
  }
}

/** Names only: some of the values are secrets. */
export const variablesWithoutEffect = (env: Env): string[] => env.keys().filter((key) => !env.known.has(key) && withoutEffect.test(key)).sort();
