// What of a project's dump is restored, by whom it was owned. Pure.
//
// A project's database is a copy of the template with its tenancy. What the image's superusers own in it comes from there at a restore too: it is
// compared, and never run from a dump, which is hostile input. The rest is the project's roles', and is restored by a role that is a member of
// them and no superuser.
import type { Archive, TocEntry } from "./archive.ts";

export interface RestoreArgs {
  /** The project's dump. */
  project: Archive;
  /** Of a database that is as the project's was on its first day. */
  base: Archive;
  /** The project's roles. */
  roles: ReadonlySet<string>;
}

/** Owns Realtime's partitioned table, to which Realtime's login of a project adds partitions: it is a member. */
const REALTIME_ADMIN = "supabase_realtime_admin";
/** Their objects are made anew from the dump: services change them from version to version. */
const SERVICE_SCHEMAS: ReadonlySet<string> = new Set(["auth", "storage"]);
/** Made by what they belong to (an extension that the owner created, say), so that they are compared only. */
const FOLLOWS = ["ACL", "COMMENT"];
const DATA = ["TABLE DATA", "SEQUENCE SET", "BLOBS"];
/** What the archive says of itself. */
const SETTINGS = ["ENCODING", "STDSTRINGS", "SEARCHPATH"];

/** No two entries of a dump have the same. */
const keyOf = ({ desc, namespace, tag, owner }: TocEntry): string => JSON.stringify([desc, namespace ?? null, tag, owner]);
const byKey = ({ entries }: Archive): Map<string, TocEntry> => new Map(entries.map((entry) => [keyOf(entry), entry]));

/** An entry for people: its names as they are, but for line breaks. */
export const describeEntry = ({ desc, namespace, tag, owner }: TocEntry): string =>
  JSON.stringify([desc, ...(namespace === undefined ? [] : [namespace]), tag].join(" ")) + (owner === "" ? "" : ` of ${JSON.stringify(owner)}`);

/** Entries that nobody of the project owns, and that are not as the image has them: such a dump is not restored. */
export function foreignEntries({ project, base, roles }: RestoreArgs): TocEntry[] {
  const known = byKey(base);
  return project.entries.filter((entry) => {
    if (isOwn(entry, roles) || isFirstDay(entry, known) || isAttached(entry)) return false;
    return ![...FOLLOWS, ...SETTINGS, "EXTENSION"].includes(entry.desc);
  });
}

const isOwn = ({ owner }: TocEntry, roles: ReadonlySet<string>): boolean => roles.has(owner);
const isFirstDay = (entry: TocEntry, known: Map<string, TocEntry>): boolean => known.get(keyOf(entry))?.defn === entry.defn;
/** An index of a partition of Realtime's. */
const isAttached = ({ desc, namespace, owner }: TocEntry): boolean => desc === "INDEX ATTACH" && namespace === "realtime" && owner === REALTIME_ADMIN;

/**
 * The numbers of the entries to restore, in the order of the restore, for `pg_restore --use-list`. Before it, of the database's own objects those
 * of {@link SERVICE_SCHEMAS} are dropped, and the other tables of the project's roles emptied.
 */
export function entriesToRestore({ project, base, roles }: RestoreArgs): number[] {
  const known = byKey(base);
  const chosen = project.entries.filter((entry) => {
    if (entry.desc === "EXTENSION") return !known.has(keyOf(entry));
    if (isAttached(entry)) return !known.has(keyOf(entry));
    if (!isOwn(entry, roles)) return false;
    return !known.has(keyOf(entry)) || SERVICE_SCHEMAS.has(entry.namespace ?? "") || DATA.includes(entry.desc);
  });
  return attachedLate(chosen).map(({ dumpId }) => dumpId);
}

/**
 * A partition of a table that is there gets its keys when it is attached, and a second key of its own would be refused: the other way round they
 * are taken for the same.
 */
function attachedLate(entries: TocEntry[]): TocEntry[] {
  const isLate = ({ desc }: TocEntry) => desc === "TABLE ATTACH";
  const others = entries.filter((entry) => !isLate(entry));
  const last = others.findLastIndex(({ desc }) => desc === "CONSTRAINT" || desc === "INDEX");
  return [...others.slice(0, last + 1), ...entries.filter(isLate), ...others.slice(last + 1)];
}

/** What differs between two databases, told for people. Empty: they have the same objects, owners and grants. */
export function differences(one: Archive, other: Archive): string[] {
  const [left, right] = [byKey(one), byKey(other)];
  return [
    ...one.entries.filter((entry) => !right.has(keyOf(entry))).map((entry) => `missing: ${describeEntry(entry)}`),
    ...other.entries.filter((entry) => !left.has(keyOf(entry))).map((entry) => `too much: ${describeEntry(entry)}`),
    ...one.entries.filter((entry) => right.has(keyOf(entry)) && right.get(keyOf(entry))!.defn !== entry.defn).map((entry) => `different: ${describeEntry(entry)}`),
  ];
}
