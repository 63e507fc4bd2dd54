// Configuration by upstream's own variables (docs/references/configuration.rst and src/PostgREST/Config.hs at v14.17).
import { readFileSync } from "node:fs";
import { parseRoleClaimKey } from "./jsPath.ts";
import type { JsPath } from "./jsPath.ts";
import { readJwtKeys } from "./jwtKeys.ts";
import type { JwtKey } from "./jwtKeys.ts";

export type LogLevel = "crit" | "error" | "warn" | "info" | "debug";

export interface QualifiedName { schema: string; name: string }

export interface Config {
  appSettings: [string, string][];
  dbAggregatesEnabled: boolean;
  dbAnonRole: string | undefined;
  dbChannel: string;
  dbChannelEnabled: boolean;
  dbConfig: boolean;
  dbExtraSearchPath: string[];
  dbMaxRows: number | undefined;
  dbPool: number;
  /** seconds */
  dbPoolAcquisitionTimeout: number;
  /** seconds */
  dbPoolMaxIdletime: number;
  /** seconds */
  dbPoolMaxLifetime: number;
  dbPoolAutomaticRecovery: boolean;
  dbPreRequest: QualifiedName | undefined;
  dbRootSpec: string | undefined;
  dbSchemas: string[];
  dbTxAllowOverride: boolean;
  dbTxRollbackAll: boolean;
  /** Holds the password: never to be logged. */
  dbUri: string;
  jwtAud: string | undefined;
  /** Secret. `undefined`: no key at all, then a token is answered with 500 PGRST300. */
  jwtKeys: JwtKey[] | undefined;
  jwtRoleClaimKey: JsPath;
  logLevel: LogLevel;
  openapiMode: "follow-privileges" | "ignore-privileges" | "disabled";
  corsAllowedOrigins: string[] | undefined;
  serverHost: string;
  serverPort: number;
  serverTraceHeader: string | undefined;
  adminServerHost: string;
  adminServerPort: number | undefined;
}

export type Environment = Record<string, string | undefined>;

export class ConfigError extends Error {}

/** Other names that upstream still takes. */
const ALIASES: Record<string, string> = {
  DB_MAX_ROWS: "MAX_ROWS", DB_PRE_REQUEST: "PRE_REQUEST", DB_ROOT_SPEC: "ROOT_SPEC", DB_SCHEMAS: "DB_SCHEMA",
  JWT_ROLE_CLAIM_KEY: "ROLE_CLAIM_KEY", JWT_SECRET_IS_BASE64: "SECRET_IS_BASE64", DB_POOL_MAX_IDLETIME: "DB_POOL_TIMEOUT",
  ADMIN_SERVER_HOST: "SERVER_HOST",
};

/** What upstream knows and this stand-in passes over: it changes speed or logs, no answer. */
export const PASSED_OVER = [
  "DB_PREPARED_STATEMENTS", "DB_USE_LEGACY_GUCS", "JWT_CACHE_MAX_ENTRIES", "JWT_CACHE_MAX_LIFETIME", "LOG_QUERY",
  "OPENAPI_SECURITY_ACTIVE", "OPENAPI_SERVER_PROXY_URI", "SERVER_UNIX_SOCKET_MODE", "INTERNAL_SCHEMA_CACHE_QUERY_SLEEP", "DB_HOISTED_TX_SETTINGS",
];

/** What upstream knows and this stand-in lacks: set to anything but the default it refuses to start rather than to pretend. */
const LACKING: Record<string, string> = {
  DB_PLAN_ENABLED: "false", DB_PRE_CONFIG: "", SERVER_TIMING_ENABLED: "false", SERVER_UNIX_SOCKET: "",
};

const KNOWN = new Set([
  "DB_AGGREGATES_ENABLED", "DB_ANON_ROLE", "DB_CHANNEL", "DB_CHANNEL_ENABLED", "DB_CONFIG", "DB_EXTRA_SEARCH_PATH", "DB_MAX_ROWS",
  "DB_POOL", "DB_POOL_ACQUISITION_TIMEOUT", "DB_POOL_MAX_IDLETIME", "DB_POOL_MAX_LIFETIME", "DB_POOL_AUTOMATIC_RECOVERY",
  "DB_PRE_REQUEST", "DB_ROOT_SPEC", "DB_SCHEMAS", "DB_TX_END", "DB_URI", "JWT_AUD", "JWT_SECRET", "JWT_SECRET_IS_BASE64",
  "JWT_ROLE_CLAIM_KEY", "LOG_LEVEL", "OPENAPI_MODE", "SERVER_CORS_ALLOWED_ORIGINS", "SERVER_HOST",
  "SERVER_PORT", "SERVER_TRACE_HEADER", "ADMIN_SERVER_HOST", "ADMIN_SERVER_PORT",
  ...Object.values(ALIASES), ...PASSED_OVER, ...Object.keys(LACKING),
]);

/** Names of `PGRST_` variables that upstream does not know either (it passes over them in silence). */
export function unknownVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("PGRST_") && !name.startsWith("PGRST_APP_SETTINGS_") && !KNOWN.has(name.slice(6)))
    .sort();
}

const TX_END: Record<string, [rollbackAll: boolean, allowOverride: boolean]> = {
  commit: [false, false],
  "commit-allow-override": [false, true],
  rollback: [true, false],
  "rollback-allow-override": [true, true],
};

class Reader {
  readonly env: Environment;
  constructor(env: Environment) {
    this.env = env;
  }

  raw(name: string): string | undefined {
    const alias = ALIASES[name];
    return this.env[`PGRST_${name}`] ?? (alias === undefined ? undefined : this.env[`PGRST_${alias}`]);
  }

  text(name: string): string | undefined {
    return this.raw(name) || undefined;
  }

  list(name: string): string[] | undefined {
    return this.text(name)?.split(",").map((part) => part.trim());
  }

  /** As upstream: what is no number counts as not set. */
  int(name: string): number | undefined {
    const value = this.text(name);
    return value !== undefined && /^-?\d+$/.test(value.trim()) ? Number(value) : undefined;
  }

  /** As upstream: `true`, `"True"`, `1` are true, other numbers false, and the rest counts as not set. */
  bool(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const word = value.replace(/[^A-Za-z]/g, "").toLowerCase();
    if (word === "true" || word === "false") return word === "true";
    return /^-?\d+$/.test(value) ? Number(value) > 0 : undefined;
  }

  choice<T extends string>(name: string, choices: readonly T[], complaint: string): T {
    const value = this.text(name) ?? choices[0]!;
    if (!choices.includes(value as T)) throw new ConfigError(complaint);
    return value as T;
  }
}

/** `@/path` names a file with the value, as upstream has it for `jwt-secret` and `db-uri`. */
function fromFile(value: string): string {
  return value.startsWith("@") ? readFileSync(value.slice(1), "utf8") : value;
}

function jwtKeys(read: Reader): JwtKey[] | undefined {
  const given = read.text("JWT_SECRET");
  if (given === undefined) return undefined;
  const secret = given.startsWith("@") ? fromFile(given).replace(/\n$/, "") : given;
  const base64 = read.bool("JWT_SECRET_IS_BASE64") === true;
  const bytes = base64 ? Buffer.from(secret.trim().replace(/\./g, "="), "base64") : Buffer.from(secret, "utf8");
  return readJwtKeys(bytes);
}

/** libpq's other form, `host=… dbname=…`, is lacking. The value is not repeated: it holds the password. */
function dbUri(read: Reader): string {
  const uri = fromFile(read.text("DB_URI") ?? "postgresql://").trim();
  if (!/^postgres(ql)?:\/\//.test(uri)) throw new ConfigError("PGRST_DB_URI: lab-rest knows only URIs, postgres://user:password@host/database");
  return uri;
}

function jwtAud(read: Reader): string | undefined {
  const aud = read.text("JWT_AUD");
  if (aud?.includes(":") && !URL.canParse(aud)) throw new ConfigError("jwt-aud should be a string or a valid URI");
  return aud;
}

function qualifiedName(text: string | undefined): QualifiedName | undefined {
  if (text === undefined) return undefined;
  const dot = text.indexOf(".");
  return dot < 0 ? { schema: "", name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}

function refuseLacking(read: Reader): void {
  for (const [name, fallback] of Object.entries(LACKING)) {
    const value = read.text(name);
    if (value !== undefined && value.toLowerCase() !== fallback) {
      throw new ConfigError(`PGRST_${name}: lab-rest, the lab's stand-in for PostgREST, does not implement it; leave it out`);
    }
  }
}

/** @throws ConfigError with upstream's wording; it names no secret. */
export function readConfig(env: Environment): Config {
  const read = new Reader(env);
  refuseLacking(read);
  const txEnd = TX_END[read.text("DB_TX_END") ?? "commit"];
  if (txEnd === undefined) throw new ConfigError("Invalid transaction termination. Check your configuration.");
  const serverPort = read.int("SERVER_PORT") ?? 3000;
  const adminServerPort = read.int("ADMIN_SERVER_PORT");
  if (adminServerPort === serverPort) throw new ConfigError("admin-server-port cannot be the same as server-port");
  const extraSearchPath = read.raw("DB_EXTRA_SEARCH_PATH");
  return {
    appSettings: Object.entries(env)
      .filter(([name, value]) => name.startsWith("PGRST_APP_SETTINGS_") && value !== undefined)
      .map(([name, value]) => [`app.settings.${name.slice("PGRST_APP_SETTINGS_".length)}`, value!]),
    dbAggregatesEnabled: read.bool("DB_AGGREGATES_ENABLED") ?? false,
    dbAnonRole: read.text("DB_ANON_ROLE"),
    dbChannel: read.text("DB_CHANNEL") ?? "pgrst",
    dbChannelEnabled: read.bool("DB_CHANNEL_ENABLED") ?? true,
    dbConfig: read.bool("DB_CONFIG") ?? true,
    dbExtraSearchPath: extraSearchPath === undefined ? ["public"] : (read.list("DB_EXTRA_SEARCH_PATH") ?? []),
    dbMaxRows: read.int("DB_MAX_ROWS"),
    dbPool: read.int("DB_POOL") ?? 10,
    dbPoolAcquisitionTimeout: read.int("DB_POOL_ACQUISITION_TIMEOUT") ?? 10,
    dbPoolMaxIdletime: read.int("DB_POOL_MAX_IDLETIME") ?? 30,
    dbPoolMaxLifetime: read.int("DB_POOL_MAX_LIFETIME") ?? 1800,
    dbPoolAutomaticRecovery: read.bool("DB_POOL_AUTOMATIC_RECOVERY") ?? true,
    dbPreRequest: qualifiedName(read.text("DB_PRE_REQUEST")),
    dbRootSpec: qualifiedName(read.text("DB_ROOT_SPEC"))?.name,
    dbSchemas: read.list("DB_SCHEMAS") ?? ["public"],
    dbTxAllowOverride: txEnd[1],
    dbTxRollbackAll: txEnd[0],
    dbUri: dbUri(read),
    jwtAud: jwtAud(read),
    jwtKeys: jwtKeys(read),
    jwtRoleClaimKey: parseRoleClaimKey(read.text("JWT_ROLE_CLAIM_KEY") ?? ".role"),
    logLevel: read.choice("LOG_LEVEL", ["error", "crit", "warn", "info", "debug"], "Invalid logging level. Check your configuration."),
    openapiMode: read.choice(
      "OPENAPI_MODE", ["follow-privileges", "ignore-privileges", "disabled"], "Invalid openapi-mode. Check your configuration.",
    ),
    corsAllowedOrigins: read.list("SERVER_CORS_ALLOWED_ORIGINS"),
    serverHost: read.text("SERVER_HOST") ?? "!4",
    serverPort,
    serverTraceHeader: read.text("SERVER_TRACE_HEADER"),
    adminServerHost: read.text("ADMIN_SERVER_HOST") ?? "!4",
    adminServerPort,
  };
}
