export const STUDIO_PORT = 3000;
/** As upstream's compose file does (facts/upstream.md §1.3). */
export const STUDIO_HEALTHCHECK = [
  "CMD",
  "node",
  "-e",
  "fetch('http://127.0.0.1:3000/api/platform/profile').then(({ ok }) => process.exit(ok ? 0 : 1))",
];

export interface StudioEnvironmentArgs {
  /** The project's name. */
  project: string;
  /** The project's address. */
  url: string;
  /** The gateway, as Studio reaches it: at a common host, where the key says which project is meant. */
  gatewayUrl: string;
  /** The project's database, and the owner's login. The password is a secret. */
  database: { host: string; port: number; name: string; user: string; password: string };
  /** Secrets. */
  keys: { anonKey: string; serviceRoleKey: string; publishableKey: string; secretKey: string; jwtSecret: string };
  /** postgres-meta's. Secret. */
  metaCryptoKey: string;
}

/** Studio's environment: supabase/supabase docker/docker-compose.yml @1f37f2a9 (facts/upstream.md §1.3). */
export function studioEnvironment({ project, url, gatewayUrl, database, keys, metaCryptoKey }: StudioEnvironmentArgs): Record<string, string> {
  return {
    HOSTNAME: "0.0.0.0",
    // Studio sends the service key with each request to it (apps/studio/lib/api/apiHelpers.ts, constructHeaders), and the gateway puts the
    // project's connection in.
    STUDIO_PG_META_URL: `${gatewayUrl}/pg`,
    POSTGRES_HOST: database.host,
    POSTGRES_PORT: String(database.port),
    POSTGRES_DB: database.name,
    POSTGRES_PASSWORD: database.password,
    // One password for both. No superuser, and no role that reads other projects' hashes (facts/tenancy.md §6.4.3).
    POSTGRES_USER_READ_WRITE: database.user,
    POSTGRES_USER_READ_ONLY: database.user,
    PG_META_CRYPTO_KEY: metaCryptoKey,
    PGRST_DB_SCHEMAS: "public,graphql_public",
    PGRST_DB_MAX_ROWS: "1000",
    PGRST_DB_EXTRA_SEARCH_PATH: "public,extensions",
    DEFAULT_ORGANIZATION_NAME: "Indie Ventures",
    DEFAULT_PROJECT_NAME: project,
    SUPABASE_URL: gatewayUrl,
    SUPABASE_PUBLIC_URL: url,
    SUPABASE_ANON_KEY: keys.anonKey,
    SUPABASE_SERVICE_KEY: keys.serviceRoleKey,
    SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
    SUPABASE_SECRET_KEY: keys.secretKey,
    AUTH_JWT_SECRET: keys.jwtSecret,
    // Logs are not in this version (DESIGN §13.17).
    ENABLED_FEATURES_LOGS_ALL: "false",
  };
}
