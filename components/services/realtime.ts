import jwt from "jsonwebtoken";

export const REALTIME_PORT = 4000;
/** The image has curl (facts/upstream.md §1.3). Of the process alone: a project's database that is away is no reason to restart all. */
export const REALTIME_HEALTHCHECK = ["CMD", "curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", "http://127.0.0.1:4000/healthcheck"];

/** What a Realtime of ours keeps to itself. All secret. */
export interface RealtimeSecrets {
  /** 16 characters: tenants' logins are written under it (facts/tenancy.md §1.2). */
  encryptionKey: string;
  /** Signs tokens of the tenant API. No project's secret: else each of its keys would rule all tenants (facts/tenancy.md §1.1). */
  apiJwtSecret: string;
  metricsJwtSecret: string;
  /** At least 64 characters. */
  secretKeyBase: string;
}

export interface RealtimeEnvironmentArgs extends RealtimeSecrets {
  /** The database of its own tables, which are in its schema `_realtime`. */
  database: { name: string; user: string; password: string };
  /** The end of its replication slots' names, which no other Realtime of this Postgres has: 19 characters at most (facts/tenancy.md §1.7). */
  slotNameSuffix: string;
}

/** Realtime's environment: supabase/supabase docker/docker-compose.yml @1f37f2a9 (facts/upstream.md §1.3, tenancy.md §1.4). */
export function realtimeEnvironment(args: RealtimeEnvironmentArgs): Record<string, string> {
  return {
    PORT: String(REALTIME_PORT),
    DB_HOST: "postgres",
    DB_PORT: "5432",
    DB_NAME: args.database.name,
    DB_USER: args.database.user,
    DB_PASSWORD: args.database.password,
    DB_AFTER_CONNECT_QUERY: "SET search_path TO _realtime",
    DB_ENC_KEY: args.encryptionKey,
    API_JWT_SECRET: args.apiJwtSecret,
    METRICS_JWT_SECRET: args.metricsJwtSecret,
    SECRET_KEY_BASE: args.secretKeyBase,
    SLOT_NAME_SUFFIX: args.slotNameSuffix,
    APP_NAME: "realtime",
    ERL_AFLAGS: "-proto_dist inet_tcp",
    DNS_NODES: "''",
    // One process: it looks for no others, whoever else uses the same Postgres (facts/tenancy.md §1.4).
    CLUSTER_STRATEGIES: "NONE",
    RLIMIT_NOFILE: "10000",
    // Tenants come over its API; a seeded one would be the database of its own tables.
    SEED_SELF_HOST: "false",
    RUN_JANITOR: "true",
    DISABLE_HEALTHCHECK_LOGGING: "true",
  };
}

export interface RealtimeTenantArgs {
  /** The project's name: what Realtime finds in the first label of the host. */
  tenant: string;
  /** Secret. */
  jwtSecret: string;
  /** JSON of the keys that tokens are checked with. Secret. */
  jwks: string;
  database: { name: string; user: string; password: string };
}

/** The body that makes or changes a tenant (facts/tenancy.md §1.1). Secret. */
export function tenantBody({ tenant, jwtSecret, jwks, database }: RealtimeTenantArgs): string {
  return JSON.stringify({
    tenant: {
      name: tenant,
      external_id: tenant,
      jwt_secret: jwtSecret,
      jwt_jwks: JSON.parse(jwks) as unknown,
      extensions: [cdc({ host: "postgres", port: "5432", ...database })],
    },
  });
}

/**
 * The body that takes a tenant's database away from it. Before its deletion: that ends what holds a slot with "realtime" in its name,
 * and of a project that has moved to a Realtime of its own this is the new one's (facts/tenancy.md §1.7.4).
 */
export const detachedBody = (): string =>
  JSON.stringify({ tenant: { extensions: [cdc({ host: "127.0.0.1", port: "1", name: "none", user: "none", password: "none" })] } });

/** All values are text; one that is missing is an error, or encrypted connections (facts/tenancy.md §1.1). */
const cdc = (database: { host: string; port: string; name: string; user: string; password: string }) => ({
  type: "postgres_cdc_rls",
  settings: {
    region: "us-east-1",
    db_host: database.host,
    db_port: database.port,
    db_name: database.name,
    db_user: database.user,
    db_password: database.password,
    ssl_enforced: false,
    poll_interval_ms: 100,
    poll_max_changes: 100,
    poll_max_record_bytes: 1_048_576,
    publication: "supabase_realtime",
    // Slots are the server's, not a database's. The suffix of the process is added.
    slot_name: `iv_${database.name}`,
  },
});

/** A token for the tenant API. It does not change by itself: `iat` and `exp` are not asked for (facts/tenancy.md §1.1). Secret. */
export const tenantApiToken = (apiJwtSecret: string): string => jwt.sign({ role: "service_role" }, apiJwtSecret, { algorithm: "HS256", noTimestamp: true });
