// The provider's configuration: terraform-provider-postgresql ff936b9 postgresql/provider.go.
import { isObject } from "../lib/value.ts";
import type { Properties, Value } from "../lib/value.ts";

export interface Configuration {
  /** @default `PGHOST`, else localhost */
  host: string;
  /** @default `PGPORT`, else 5432 */
  port: number;
  /** @default `PGUSER`, else postgres */
  username: string;
  /** @default `PGPASSWORD` */
  password: string;
  /** Where roles are made and from where databases are made. @default `PGDATABASE`, else postgres */
  database: string;
  /** The role that owns what has no owner. @default username */
  databaseUsername: string;
  /** @default true */
  superuser: boolean;
  /** @default `PGSSLMODE`, else "", which asks for TLS */
  sslmode: string;
  /** Seconds that connecting may take; 0 or -1 = no limit. @default 180 */
  connectTimeout: number;
  /** Connections at once per database; 0 or -1 = no limit. @default 20 */
  maxConnections: number;
  /** Major version of the server; undefined = asked from the server. */
  expectedMajor: number | undefined;
}

const supported = new Set([
  ...["host", "port", "username", "password", "database", "databaseUsername", "superuser", "sslmode"],
  ...["connectTimeout", "maxConnections", "expectedVersion", "version", "scheme"],
]);
const sslmodes = new Set(["", "disable", "require", "verify-ca", "verify-full"]);

/** The Node SDK sends everything but strings as JSON text. */
function fromJson(value: Value | undefined): Value | undefined {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return value;
  }
}

function text(value: Value | undefined, fallback: string): string {
  if (value === undefined || value === null) return fallback;
  if (typeof value === "string") return value;
  throw new Error("expected a string");
}

function number(value: Value | undefined, fallback: number): number {
  const parsed = Number(fromJson(value) ?? fallback);
  if (!Number.isInteger(parsed)) throw new Error("expected a whole number");
  return parsed;
}

function flag(value: Value | undefined, fallback: boolean): boolean {
  const parsed = fromJson(value) ?? fallback;
  if (parsed === "1" || parsed === 1) return true;
  if (parsed === "0" || parsed === 0) return false;
  if (typeof parsed !== "boolean") throw new Error("expected true or false");
  return parsed;
}

/** `expectedVersion` 9.0.0, upstream's default, means "ask the server". */
function major(value: Value | undefined): number | undefined {
  const version = text(value, "9.0.0");
  const found = /^\d+/.exec(version);
  if (!found) throw new Error(`invalid version (${JSON.stringify(version)})`);
  return /^9(\.0){0,2}$/.test(version) ? undefined : Number(found[0]);
}

/**
 * @param args the provider's inputs, without secret marks.
 * @throws Error that names the property, never its value where that is a password.
 */
export function configurationOf(args: Properties, env: NodeJS.ProcessEnv): Configuration {
  const get = <T>(name: string, read: (value: Value | undefined) => T): T => {
    try {
      return read(args[name]);
    } catch (error) {
      throw new Error(`lab postgresql: provider property ${name}: ${(error as Error).message}`);
    }
  };
  const other = Object.keys(args).find((name) => !supported.has(name) && !name.startsWith("__"));
  if (other !== undefined || isObject(args["scheme"])) {
    throw new Error(`lab postgresql: provider property ${other ?? "scheme"} is not in this stand-in (see CONTRACT.md)`);
  }
  if ((args["scheme"] ?? "postgres") !== "postgres") throw new Error("lab postgresql: only scheme postgres is in this stand-in");
  const sslmode = get("sslmode", (value) => text(value, env["PGSSLMODE"] ?? ""));
  if (!sslmodes.has(sslmode)) throw new Error(`lab postgresql: sslmode ${sslmode} is not in this stand-in (see CONTRACT.md)`);
  const username = get("username", (value) => text(value, env["PGUSER"] ?? "postgres"));
  return {
    host: get("host", (value) => text(value, env["PGHOST"] ?? "localhost")),
    port: get("port", (value) => number(value, Number(env["PGPORT"] ?? 5432))),
    username,
    password: get("password", (value) => text(value, env["PGPASSWORD"] ?? "")),
    database: get("database", (value) => text(value, env["PGDATABASE"] ?? "postgres")),
    databaseUsername: get("databaseUsername", (value) => text(value, username)) || username,
    superuser: get("superuser", (value) => flag(value, flag(env["PGSUPERUSER"] ?? "true", true))),
    sslmode,
    connectTimeout: get("connectTimeout", (value) => number(value, Number(env["PGCONNECT_TIMEOUT"] ?? 180))),
    maxConnections: get("maxConnections", (value) => number(value, 20)),
    expectedMajor: get("expectedVersion", major),
  };
}
