// What `pulumi up` tells us of each project, in a file of its own (components/projectBackup.ts).
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readJson } from "./files.ts";
import { STATE } from "./places.ts";
import { runUp } from "./settings.ts";
import { Refused } from "./stop.ts";

/** How many backups of each kind are kept: restic's words (`restic forget --keep-daily`). */
export interface Keep {
  daily: number;
  weekly: number;
  monthly: number;
}

/** How the names of databases begin that are being restored. No project's does. */
export const RESTORING = "supabase_restore_";
/** The same of those that a restore has put out of use. Another prefix: `blog`'s with an ending would be the one of `blog-old` that is being restored. */
export const REPLACED = "supabase_replaced_";

export interface BackupProject {
  name: string;
  database: string;
  /** The owner of the database. */
  owner: string;
  /** All logins of the project, the owner among them. */
  roles: string[];
  /** The name of a database that is being restored, until it is the project's. */
  restoringDatabase: string;
  /** Makes that database, a copy of the template, the project's: components/database/tenancySql.ts. */
  tenancySql: string;
  /** Makes sessions of a superuser in it safe: components/database/superuserSession.sql. */
  sessionSql: string;
  /** The keys' seed and generation. Secret. */
  keys: { seed: string; generation: number };
  /** Its part of projects.yaml, with the defaults filled in. */
  entry: unknown;
  /** Service → image. */
  images: Record<string, string>;
  backups: { schedule?: string; keep: Keep };
  /** For who runs the project without us, by upstream's own docker compose file. @default none: described before there were exports */
  upstream?: {
    /** Git tag of the set of versions that the server runs. */
    tag: string;
    /** Variables of its `.env`. Secret. */
    environment: Record<string, string>;
  };
  /** There while it is `state: removed`: days until what is left of it is deleted. */
  purgeAfterDays?: number;
}

const folder = join(STATE, "projects");

/** The names of the projects that there are, in the alphabet's order. */
export async function projectNames(): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : [])).sort();
}

/** @throws Refused where the stack has no such project */
export async function readProject(name: string): Promise<BackupProject> {
  const names = await projectNames();
  const project = names.includes(name) ? await readJson<BackupProject>(join(folder, `${name}.json`)) : undefined;
  if (project === undefined) throw new Refused(`This server has no project ${JSON.stringify(name)}. It has: ${names.join(", ") || "none"}.`);
  return project;
}

/**
 * What is being removed changes no more: its last backup is what lets it go, and of one that is purged there is no database to exchange.
 *
 * @throws Refused where it is, or will be with the update that has begun
 */
export function requirePresent({ name, purgeAfterDays }: Pick<BackupProject, "name" | "purgeAfterDays">): void {
  if (purgeAfterDays === undefined) return;
  throw new Refused(
    `"${name}" has state: removed in projects.yaml: its last backup is made, and what is left of it changes no more. Nothing was changed.
To have it back: state: present, ${runUp()}; or, if it is purged, docs/backups.md, "A project that was purged".`,
  );
}
