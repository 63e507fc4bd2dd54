// A restored project on the scratch server as if upstream's own docker compose file had run it: its logins get upstream's names, and Postgres itself
// tells everything anew, as owners, grants and policies know a role by its number.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Archive } from "./archive.ts";
import { asSuperuser, type Postgres, quoteIdentifier, quoteLiteral } from "./postgres.ts";
import type { BackupProject } from "./project.ts";
import { Stop } from "./stop.ts";

/** The login of the image that a project's login stands for, by the end of its name (spec/names.ts, roleNames). */
const UPSTREAM_ROLES = {
  owner: "postgres",
  authenticator: "authenticator",
  auth_admin: "supabase_auth_admin",
  storage_admin: "supabase_storage_admin",
} as const;
/** Upstream's Realtime is the superuser (facts/upstream.md §1.3). */
const REALTIME = "realtime";

/** Whose objects go along: what upstream calls a project's own logins. */
export const UPSTREAM_OWNERS: ReadonlySet<string> = new Set(Object.values(UPSTREAM_ROLES));

export interface ImageRole {
  /** What the image calls it, and then the project's. */
  role: string;
  /** The project's login. */
  from: string;
  /** What the image's own is called after that. No project's name begins so. */
  image: string;
}

/** @throws Stop where the project has other logins than are known here */
export function imageRoles({ name, database, roles }: Pick<BackupProject, "name" | "database" | "roles">): { moved: ImageRole[]; realtime: string } {
  const known = (end: string): string => {
    const role = `${database}_${end}`;
    if (!roles.includes(role)) throw new Stop(`${name}: it has no login ${role}, so it can not be given upstream's names`);
    return role;
  };
  const moved = Object.entries(UPSTREAM_ROLES).map(([end, role]) => ({ role, from: known(end), image: `supabase_image_${role}` }));
  return { moved, realtime: known(REALTIME) };
}

/** The new names, all or none. For the database that the scratch server's superuser is in by default. */
export const renderRenames = (moved: readonly ImageRole[]): string =>
  moved
    .flatMap(({ role, from, image }) => [
      `alter role ${quoteIdentifier(role)} rename to ${quoteIdentifier(image)};`,
      `alter role ${quoteIdentifier(from)} rename to ${quoteIdentifier(role)};`,
    ])
    .join("\n");

const RELATIONS = ["TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE"];

/** Tables, views and sequences of a dump, as `schema.name`. */
export const relationsOf = ({ entries }: Archive): string[] =>
  entries.flatMap(({ desc, namespace, tag }) => (RELATIONS.includes(desc) && namespace !== undefined ? [`${namespace}.${tag}`] : []));

const schemasOf = ({ entries }: Archive): { name: string; owner: string }[] =>
  entries.flatMap(({ desc, tag, owner }) => (desc === "SCHEMA" && owner !== "" ? [{ name: tag, owner }] : []));

/** @param base the image's own database, as it was before any role had another name */
export async function giveUpstreamNames(server: Postgres, project: BackupProject, base: Archive): Promise<void> {
  const { moved, realtime } = imageRoles(project);
  const settings = { moved: JSON.stringify(moved), realtime, schemas: JSON.stringify(schemasOf(base)), relations: JSON.stringify(relationsOf(base)) };
  const set = Object.entries(settings).map(([name, value]) => `set indie_ventures.${name} = ${quoteLiteral(value)};`);
  await asSuperuser(server, "postgres", renderRenames(moved));
  const sql = await readFile(fileURLToPath(new URL("upstreamNames.sql", import.meta.url)), "utf8");
  await asSuperuser(server, project.restoringDatabase, [...set, sql].join("\n"));
}
