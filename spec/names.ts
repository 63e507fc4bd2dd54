// A project's name is its identity for ever: database, roles, address and replication slots are made of it.
import { quote } from "./error.ts";

/** 3 to 19 characters. 19 is what upstream's longest fixed name leaves of Postgres's 63 (facts/tenancy.md §1.7.6). */
export const NAME_PATTERN = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,17}[a-z0-9]$/;
export const NAME_RULE = "3 to 19 small letters, digits and single dashes, a letter first, no dash last";

/** Roles and databases of the image supabase/postgres (facts/tenancy.md §6.1), with `_` as `-`; `supabase*` is refused as a whole. */
const IN_THE_IMAGE = [
  "anon",
  "authenticated",
  "authenticator",
  "dashboard-user",
  "pgbouncer",
  "postgres",
  "service-role",
  "template0",
  "template1",
];
/** Hosts of the server itself, and words that would be mistaken for a service (DESIGN §2). */
const OF_THE_SERVER = ["api", "localhost", "realtime", "storage", "studio", "www"];

/** What is wrong with a project's name, and how to mend it; undefined where nothing is. */
export function nameMistake(name: string): string | undefined {
  if (!NAME_PATTERN.test(name)) {
    const suggestion = slug(name);
    const how = suggestion === undefined ? "choose another name" : `for example ${suggestion}`;
    return `${quote(name)} breaks the rule: ${NAME_RULE} → ${how}`;
  }
  if (name.startsWith("supabase")) return refused(name, "names that begin with supabase are the image's own roles and databases");
  if (name.startsWith("pg-")) return refused(name, "Postgres keeps names that begin with pg_ for itself");
  if (IN_THE_IMAGE.includes(name)) return refused(name, `the Postgres image has a role or a database ${databaseName(name)}`);
  if (OF_THE_SERVER.includes(name)) return refused(name, "it is a word of the server itself");
  return undefined;
}

const refused = (name: string, why: string): string => `${quote(name)} is refused: ${why} → choose another name`;

function slug(text: string): string | undefined {
  const dashed = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const name = dashed.replace(/^[^a-z]+/, "").slice(0, 19).replace(/-$/, "");
  return NAME_PATTERN.test(name) && nameMistake(name) === undefined ? name : undefined;
}

/** The project's database. */
export const databaseName = (name: string): string => name.replaceAll("-", "_");

/** The project's own logins (DESIGN §5). */
export interface RoleNames {
  /** Owns the database. */
  owner: string;
  /** PostgREST's login. */
  authenticator: string;
  /** GoTrue's login, owns the schema `auth`. */
  authAdmin: string;
  /** Storage's login, owns the schema `storage`. */
  storageAdmin: string;
  /** Realtime's login. */
  realtime: string;
}

export function roleNames(name: string): RoleNames {
  const database = databaseName(name);
  return {
    owner: `${database}_owner`,
    authenticator: `${database}_authenticator`,
    authAdmin: `${database}_auth_admin`,
    storageAdmin: `${database}_storage_admin`,
    realtime: `${database}_realtime`,
  };
}
