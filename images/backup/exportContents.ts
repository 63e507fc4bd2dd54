// What of a project's dump with upstream's names goes into upstream's own database, which holds what the image makes at its first start. Pure.
import type { Archive, TocEntry } from "./archive.ts";
import { entriesToRestore, type FirstDayToClear, firstDayToClear, FOLLOWS } from "./contents.ts";
import { UPSTREAM_OWNERS } from "./exportNames.ts";

export interface ExportArgs {
  /** The project's dump, with upstream's names. */
  project: Archive;
  /** What the image holds on its first start: the scratch server's own database. */
  base: Archive;
}

const REALTIME_ADMIN = "supabase_realtime_admin";
/** Realtime's own schema is empty at the first start: its objects are the superuser's, and come along. */
const REALTIME_SCHEMA = "realtime";
/** Superusers' schemas whose grants and comments are the project's: the owner's, or Realtime's. Of the others those of the first start are right. */
const GRANTED_SCHEMAS = ["SCHEMA public", "SCHEMA realtime"];
/** Nobody's, or of whoever restores. */
const OWNERLESS = ["EXTENSION", "CAST", "TRANSFORM"];

/** Also those that this server's superuser owns: a proof has compared them with the image's, and at the new place its superuser restores. */
const ROLES: ReadonlySet<string> = new Set([...UPSTREAM_OWNERS, "supabase_admin", "pg_database_owner"]);

function goesAlong({ desc, tag, namespace, owner }: TocEntry): boolean {
  if (UPSTREAM_OWNERS.has(owner) || owner === REALTIME_ADMIN) return true;
  if (OWNERLESS.includes(desc)) return true;
  // What Realtime's login published.
  if (namespace === REALTIME_SCHEMA || desc.startsWith("PUBLICATION")) return true;
  return FOLLOWS.includes(desc) && GRANTED_SCHEMAS.includes(tag);
}

const part = (archive: Archive): Archive => ({ ...archive, entries: archive.entries.filter(goesAlong) });

/** At the new place a superuser restores all of it. */
const NOBODY: ReadonlySet<string> = new Set();

const argsOf = ({ project, base }: ExportArgs) => ({ project: part(project), base: part(base), roles: ROLES, replicating: NOBODY });

/** Numbers of entries for `pg_restore --use-list`. */
export const entriesToExport = (args: ExportArgs): number[] => entriesToRestore(argsOf(args)).others;

/** What of the first start has to go before. */
export const firstStartToClear = (args: ExportArgs): FirstDayToClear => firstDayToClear(argsOf(args));
