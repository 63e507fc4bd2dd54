// What of a project's dump is restored, by whom it was owned. Pure.
//
// A project's database is a copy of the template with its tenancy. What the image's superusers own in it comes from there at a restore too: it is
// compared, and never run from a dump, which is hostile input. The rest is the project's roles', and is restored by a role that is a member of
// them and no superuser.
import type { Archive, TocEntry } from "./archive.ts";
import { shown } from "./stop.ts";

export interface RestoreArgs {
  /** The project's dump. */
  project: Archive;
  /** Of a database that is as the project's was on its first day. */
  base: Archive;
  /** The project's roles. */
  roles: ReadonlySet<string>;
  /** Those of them that may replicate: who becomes one may drop replication slots of other projects. */
  replicating: ReadonlySet<string>;
}

/** Numbers of entries for `pg_restore --use-list`, each list in the order of the restore. */
export interface EntriesToRestore {
  /** Objects of each role that may replicate: made first, and by who does not become that role. */
  replicating: Map<string, number[]>;
  others: number[];
}

/**
 * Owns Realtime's partitioned table, to which Realtime adds a partition each day, and the owner policies. Both are members of it, and so is who
 * restores: what it owns in a project's database is the project's too.
 */
const REALTIME_ADMIN = "supabase_realtime_admin";
/** Whoever owns the database: the project's owner, and for the time of a restore who restores. Schema public is its. */
const DATABASE_OWNER = "pg_database_owner";
/** Their objects are made anew from the dump: services change them from version to version. */
const SERVICE_SCHEMAS: ReadonlySet<string> = new Set(["auth", "storage"]);
/** Made by what they belong to (an extension that the owner created, say), so that they are compared only. */
export const FOLLOWS = ["ACL", "COMMENT"];
const DATA = ["TABLE DATA", "SEQUENCE SET", "BLOBS"];
const NO_OBJECTS = [...DATA, "MATERIALIZED VIEW DATA", "BLOB METADATA"];
/** As pg_dump writes where a sequence stands (postgres src/bin/pg_dump/pg_dump.c, dumpSequenceData, REL_17_STABLE). */
const SETVAL = /^SELECT pg_catalog\.setval\('((?:[^']|'')*)', (-?\d+), (true|false)\);/;
/** Of the database itself: its name is another until a restore is done, and who may enter the tenancy says. */
const isOfDatabase = ({ desc, namespace, tag }: TocEntry): boolean =>
  desc === "DATABASE" || desc === "DATABASE PROPERTIES" || (namespace === undefined && tag.startsWith("DATABASE ") && [...FOLLOWS, "SECURITY LABEL"].includes(desc));
/** Grants and comments of large objects, which a dump without data has not; measure.ts compares them. */
const isOfLargeObject = ({ namespace, tag }: TocEntry): boolean => namespace === undefined && tag.startsWith("LARGE OBJECT");
/** Says which image made Realtime's tables there (components/database/realtimeSchema.sh): those of a restore are the template's. */
const isOfRealtimeImage = ({ desc, tag }: TocEntry): boolean => desc === "COMMENT" && tag === "SCHEMA realtime";
/** Rows that only the server they were on can read: they come by extras.ts. A dump has them as the image's extension asks for it. */
const isOfVault = ({ desc, namespace, tag }: TocEntry): boolean => desc === "TABLE DATA" && namespace === "vault" && tag === "secrets";
/** What the archive says of itself. */
const SETTINGS = ["ENCODING", "STDSTRINGS", "SEARCHPATH"];

/**
 * No two entries of a dump have the same. A tag alone may stand for two: of a policy `b c` on a table `a`, and of `c` on `a b`, it is `a b c`. What
 * takes it away quotes each name.
 */
const keyOf = ({ desc, namespace, tag, owner, dropStmt }: TocEntry): string => JSON.stringify([desc, namespace ?? null, tag, owner, dropStmt]);
const byKey = ({ entries }: Archive): Map<string, TocEntry> => new Map(entries.map((entry) => [keyOf(entry), entry]));

/** An entry for people: its names as they are, but on one line. */
export const describeEntry = ({ desc, namespace, tag, owner }: TocEntry): string =>
  `"${shown([desc, ...(namespace === undefined ? [] : [namespace]), tag].join(" "))}"${owner === "" ? "" : ` of "${shown(owner)}"`}`;

/** Rows of a table that the dump does not make: an extension does, with rows of its own. They are compared (measure.ts), and not restored. */
function isOfExtension({ entries }: Archive): (entry: TocEntry) => boolean {
  const tables = new Set(entries.flatMap(({ desc, namespace, tag }) => (desc === "TABLE" ? [nameOf(namespace, tag)] : [])));
  return ({ desc, namespace, tag }) => desc === "TABLE DATA" && !tables.has(nameOf(namespace, tag));
}

/** The tables whose rows are not restored, as `schema.table` without quotes: extensions', of a superuser, with what a project put into them. */
export function notRestored(project: Archive, roles: ReadonlySet<string>): Set<string> {
  const isOfExtensions = isOfExtension(project);
  return new Set(project.entries.flatMap((entry) => (isOfExtensions(entry) && !isOwn(entry, roles) ? [`${entry.namespace}.${entry.tag}`] : [])));
}

/** Entries that nobody of the project owns, and that are not as the image has them: such a dump is not restored. */
export function foreignEntries({ project, base, roles }: RestoreArgs): TocEntry[] {
  const known = byKey(base);
  const isOfExtensions = isOfExtension(project);
  return project.entries.filter((entry) => {
    if (isOwn(entry, roles) || isFirstDay(entry, known) || isOfDatabase(entry) || isOfVault(entry) || isOfExtensions(entry)) return false;
    return ![...FOLLOWS, ...SETTINGS, "EXTENSION"].includes(entry.desc);
  });
}

const nameOf = (namespace: string | undefined, tag: string): string => JSON.stringify([namespace ?? null, tag]);

/** Nobody owns one: who owns its types may make it, and so who restores. */
const OWNERLESS = ["CAST", "TRANSFORM"];

const isOwn = ({ desc, owner }: TocEntry, roles: ReadonlySet<string>): boolean =>
  roles.has(owner) || owner === REALTIME_ADMIN || owner === DATABASE_OWNER || (owner === "" && OWNERLESS.includes(desc));
const isFirstDay = (entry: TocEntry, known: Map<string, TocEntry>): boolean => known.get(keyOf(entry))?.defn === entry.defn;

/** Before it, of the database's own objects those of {@link SERVICE_SCHEMAS} are dropped, and the other tables of the project's roles emptied. */
export function entriesToRestore({ project, base, roles, replicating }: RestoreArgs): EntriesToRestore {
  const known = byKey(base);
  const chosen = project.entries.filter((entry) => {
    if (entry.desc === "EXTENSION") return !known.has(keyOf(entry));
    if (!isOwn(entry, roles) || isOfDatabase(entry)) return false;
    return !isFirstDay(entry, known) || SERVICE_SCHEMAS.has(entry.namespace ?? "") || DATA.includes(entry.desc);
  });
  const isMadeFirst = ({ desc, owner }: TocEntry) => replicating.has(owner) && ![...NO_OBJECTS, ...FOLLOWS, "DEFAULT ACL"].includes(desc);
  const numbers = (entries: TocEntry[]) => attachedLate(entries).map(({ dumpId }) => dumpId);
  const first = [...replicating].map((role) => [role, numbers(chosen.filter((entry) => isMadeFirst(entry) && entry.owner === role))] as const);
  return { replicating: new Map(first), others: numbers(chosen.filter((entry) => !isMadeFirst(entry))) };
}

/** Of the first day's default privileges, those that the project has no more, or otherwise. */
export interface DefaultPrivileges {
  role: string;
  schema: string;
  /** pg_default_acl.defaclobjtype. */
  objtype: string;
}

const OBJTYPES: Record<string, string> = { TABLES: "r", SEQUENCES: "S", FUNCTIONS: "f", TYPES: "T", SCHEMAS: "n" };

/** What of the first day has to go before the restore, as it was changed or taken away since. */
export interface FirstDayToClear {
  /** Statements. */
  drops: string[];
  privileges: DefaultPrivileges[];
  /** Schemas whose grants are to be as Postgres makes them, because the dump's are told from there. */
  schemas: string[];
}

export function firstDayToClear({ project, base, roles }: RestoreArgs): FirstDayToClear {
  const now = byKey(project);
  const gone = base.entries.filter((entry) => !isFirstDay(entry, now) && !isOfDatabase(entry) && !SERVICE_SCHEMAS.has(entry.namespace ?? ""));
  const privileges = gone.flatMap(({ desc, tag, namespace, owner }) => {
    const objtype = OBJTYPES[tag.replace(/^DEFAULT PRIVILEGES FOR /, "")];
    return desc === "DEFAULT ACL" && namespace !== undefined && objtype !== undefined ? [{ role: owner, schema: namespace, objtype }] : [];
  });
  const schemas = gone.flatMap((entry) => (entry.desc === "ACL" && entry.tag.startsWith("SCHEMA ") && isOwn(entry, roles) ? [entry.tag.slice("SCHEMA ".length)] : []));
  // The last made goes first.
  return { drops: gone.map(({ dropStmt }) => dropStmt.trim()).filter((statement) => statement !== "").reverse(), privileges, schemas };
}

/** The schema with the one partitioned table that is there before a restore. */
const REALTIME = "realtime";

/**
 * A partition of a table that is there gets its keys when it is attached, and a second key of its own would be refused: the other way round they
 * are taken for the same. All others are attached where pg_dump has it: rows of some come by the table that they are a part of (postgres
 * src/bin/pg_dump/pg_dump.c, forcePartitionRootLoad).
 */
function attachedLate(entries: TocEntry[]): TocEntry[] {
  const isLate = ({ desc, namespace }: TocEntry) => desc === "TABLE ATTACH" && namespace === REALTIME;
  const others = entries.filter((entry) => !isLate(entry));
  const last = others.findLastIndex(({ desc }) => desc === "CONSTRAINT" || desc === "INDEX");
  return [...others.slice(0, last + 1), ...entries.filter(isLate), ...others.slice(last + 1)];
}

/**
 * What differs between two databases, told for people. Empty: they have the same objects, owners and grants. Data is compared in the databases
 * themselves (measure.ts): the second dump may be without it.
 */
export function differences(one: Archive, other: Archive): string[] {
  const objects = ({ entries }: Archive) => entries.filter((entry) => !NO_OBJECTS.includes(entry.desc) && ![isOfDatabase, isOfLargeObject, isOfRealtimeImage].some((is) => is(entry)));
  const [left, right] = [byKey(one), byKey(other)];
  return [
    ...objects(one).filter((entry) => !right.has(keyOf(entry))).map((entry) => `missing: ${describeEntry(entry)}`),
    ...objects(other).filter((entry) => !left.has(keyOf(entry))).map((entry) => `too much: ${describeEntry(entry)}`),
    ...objects(one).filter((entry) => right.has(keyOf(entry)) && right.get(keyOf(entry))!.defn !== entry.defn).map((entry) => `different: ${describeEntry(entry)}`),
  ];
}

/** Where the dump's sequences stand, by name, as measure.ts has it. */
export function sequenceStates({ entries }: Archive): Record<string, string> {
  return Object.fromEntries(
    entries.flatMap(({ desc, defn }) => {
      const [, name, value, isCalled] = (desc === "SEQUENCE SET" && SETVAL.exec(defn)) || [];
      return name === undefined ? [] : [[name.replaceAll("''", "'"), `${value} ${isCalled!.charAt(0)}`]];
    }),
  );
}
