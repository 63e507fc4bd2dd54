import { lookup } from "node:dns/promises";
import { ConfigError, Env } from "./env.ts";

export type Config = Awaited<ReturnType<typeof readConfig>>;

/** Upstream's config/runtime.exs (v2.129.8), in its order, so that the same variable is named first when several are missing. */
export async function readConfig(env: Env) {
  const db = {
    host: env.text("DB_HOST", "127.0.0.1"),
    port: env.text("DB_PORT", "5432"),
    name: env.text("DB_NAME", "postgres"),
    user: env.text("DB_USER", "supabase_admin"),
    password: env.text("DB_PASSWORD", "postgres"),
    poolSize: env.integer("DB_POOL_SIZE", 5),
    ssl: env.boolean("DB_SSL", false),
    afterConnectQuery: env.optional("DB_AFTER_CONNECT_QUERY"),
  };
  const config = {
    db,
    encryption: readEncryption(env),
    apiJwtSecrets: ["API_JWT_SECRET", "API_JWT_SECRET_NEXT"].map((key) => env.optional(key)).filter((secret) => secret !== undefined),
    apiTokenBlocklist: env.list("API_TOKEN_BLOCKLIST"),
    metricsTokenBlocklist: env.list("METRICS_TOKEN_BLOCKLIST"),
    seed: {
      tenantName: env.text("SELF_HOST_TENANT_NAME", "realtime-dev"),
      jwtJwks: env.optional("API_JWT_JWKS"),
    },
    tenantDefaults: {
      max_bytes_per_second: env.integer("TENANT_MAX_BYTES_PER_SECOND", 100_000),
      max_channels_per_client: env.integer("TENANT_MAX_CHANNELS_PER_CLIENT", 100),
      max_concurrent_users: env.integer("TENANT_MAX_CONCURRENT_USERS", 200),
      max_events_per_second: env.integer("TENANT_MAX_EVENTS_PER_SECOND", 100),
      max_joins_per_second: env.integer("TENANT_MAX_JOINS_PER_SECOND", 100),
    },
    tenantCacheExpirationMs: env.integer("TENANT_CACHE_EXPIRATION_IN_MS", 30_000),
    connectErrorBackoffMs: env.integer("CONNECT_ERROR_BACKOFF_MS", 2_000),
    channelErrorBackoffMs: env.integer("CHANNEL_ERROR_BACKOFF_MS", 5_000),
    clientPresence: { maxCalls: env.integer("CLIENT_PRESENCE_MAX_CALLS", 5), windowMs: env.integer("CLIENT_PRESENCE_WINDOW_MS", 30_000) },
    /** undefined and "" differ: with "" a slot's name ends in "_". */
    slotNameSuffix: env.optional("SLOT_NAME_SUFFIX"),
    region: env.optional("REGION"),
    disableHealthcheckLogging: env.boolean("DISABLE_HEALTHCHECK_LOGGING", false),
    port: env.integer("PORT", 4000),
    maxHeaderLength: env.integer("MAX_HEADER_LENGTH", 4096),
    metricsJwtSecret: env.required("METRICS_JWT_SECRET"),
  };
  await requireAddress(env, db.host);
  env.required("SECRET_KEY_BASE");
  const appName = env.text("APP_NAME", "");
  if (appName === "") throw new ConfigError("(RuntimeError) APP_NAME not available");
  beStricterThanUpstream(config);
  return { ...config, appName };
}

function readEncryption(env: Env) {
  const gcmKey = env.optional("DB_ENC_KEY_GCM");
  if (gcmKey !== undefined && Buffer.byteLength(gcmKey) !== 32)
    throw new ConfigError(`(RuntimeError) DB_ENC_KEY_GCM must be exactly 32 bytes for AES-256-GCM, got ${Buffer.byteLength(gcmKey)} bytes`);
  return { key: env.text("DB_ENC_KEY", ""), gcmKey, writeGcm: env.boolean("DB_ENC_WRITE_GCM", false) && gcmKey !== undefined };
}

async function requireAddress(env: Env, host: string): Promise<void> {
  const version = env.optional("DB_IP_VERSION");
  if (version !== undefined && version !== "ipv4" && version !== "ipv6")
    throw new ConfigError("(RuntimeError) Invalid IP version, please set either ipv6 or ipv4");
  if (version !== undefined) return;
  await lookup(host).catch(() => {
    throw new ConfigError("(RuntimeError) Failed to detect IP version for DB_HOST: nxdomain");
  });
}

/** Upstream starts without these and answers each request that needs them with an error; here nobody has to look for that. */
function beStricterThanUpstream({ encryption, apiJwtSecrets }: { encryption: { key: string }; apiJwtSecrets: string[] }): void {
  const refuse = (what: string) => {
    throw new ConfigError(`lab-realtime is a stand-in and stops where upstream would fail later: ${what}`);
  };
  if (Buffer.byteLength(encryption.key) !== 16) refuse(`DB_ENC_KEY must be 16 bytes for AES-128-ECB, got ${Buffer.byteLength(encryption.key)} bytes`);
  if (apiJwtSecrets.every((secret) => secret === "")) refuse("API_JWT_SECRET is not set");
}

/** Upstream's variables that this stand-in takes and does nothing with; each start says so once. */
const withoutEffect =
  /^(BROADCAST_POOL_SIZE|CONNECT_PARTITION_SLOTS|DASHBOARD_(AUTH|USER|PASSWORD)|DB_(MASTER_REGION|QUEUE_(INTERVAL|TARGET)|REPLICA_(HOST|POOL_SIZE)|SSL_CA_CERT|HOST_REPLICA_[A-Z]+)|DNS_NODES|ERL_AFLAGS|ERL_CRASH_DUMP[A-Z_]*|ENABLE_ERL_CRASH_DUMP|RLIMIT_NOFILE|GEN_RPC_[A-Z_]+|HTTP_DYNAMIC_BUFFER_(MIN|MAX)|JANITOR_[A-Z_]+|RUN_JANITOR|JWT_CLAIM_VALIDATORS|LOG_LEVEL|LOG_THROTTLE_[A-Z_]+|LOGFLARE_[A-Z_]+|LOGS_ENGINE|MAX_(GEN_RPC_CLIENTS|GEN_RPC_CALL_CLIENTS|CONNECTIONS)|NUM_ACCEPTORS|MEASURE_TRAFFIC_[A-Z_]+|METRICS_(CLEANER|PUSHER|RPC)_[A-Z_]+|MIGRATION_PARTITION_SLOTS|NO_CHANNEL_TIMEOUT_IN_MS|NODE_(NAME|BALANCE_[A-Z_]+)|POSTGRES_CDC_SCOPE_SHARDS|PRESENCE_[A-Z_]+|PROM_POLL_RATE|REALTIME_IP_VERSION|REBALANCE_[A-Z_]+|REGION_MAPPING|REQUEST_ID_BAGGAGE_KEY|RPC_TIMEOUT|USERS_SCOPE_SHARDS|MUSTER_SCOPE_SHARDS|WEBSOCKET_MAX_HEAP_SIZE|CLUSTER_STRATEGIES|ECTO_IPV6|SEED_SELF_HOST)$/;

/** Variables of upstream that were set and change nothing here. Names only: some hold secrets. */
export const unreadVariables = (env: Env): string[] =>
  env.keys().filter((key) => !env.known.has(key) && withoutEffect.test(key)).sort();
