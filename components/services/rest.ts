import { POOLS } from "../../spec/index.ts";

export const REST_PORT = 3000;
/** Connections for requests; one more listens for schema changes. 10 by default cost 290 MB under load (facts/tenancy.md §4). */
export const REST_POOL = POOLS.rest;
/** The image has no shell; this is upstream's own check since v14 (facts/upstream.md §1.3). */
export const REST_HEALTHCHECK = ["CMD", "postgrest", "--ready"];

export interface RestEnvironmentArgs {
  /** Secret. */
  databaseUrl: string;
  /** The keys that tokens are checked with, as JSON. Secret. */
  jwks: string;
}

/** PostgREST's environment: supabase/supabase docker/docker-compose.yml @1f37f2a9 (facts/upstream.md §1.3). */
export function restEnvironment({ databaseUrl, jwks }: RestEnvironmentArgs): Record<string, string> {
  return {
    PGRST_DB_URI: databaseUrl,
    PGRST_DB_SCHEMAS: "public,graphql_public",
    PGRST_DB_EXTRA_SEARCH_PATH: "public,extensions",
    PGRST_DB_MAX_ROWS: "1000",
    PGRST_DB_ANON_ROLE: "anon",
    // Settings of roles are read and applied by default, and anon is one role for all projects, that each project's SQL may alter
    // (`set role anon; alter role anon set statement_timeout = '1ms'`).
    PGRST_DB_CONFIG: "false",
    PGRST_DB_POOL: String(REST_POOL),
    PGRST_JWT_SECRET: jwks,
    PGRST_DB_USE_LEGACY_GUCS: "false",
    PGRST_APP_SETTINGS_JWT_EXP: "3600",
    PGRST_ADMIN_SERVER_HOST: "localhost",
    PGRST_ADMIN_SERVER_PORT: "3001",
  };
}
