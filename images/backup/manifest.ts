import type { Measure } from "./measure.ts";

/** As spec/names.ts has it: this program stands in an image of its own. */
export const PROJECT_NAME = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,17}[a-z0-9]$/;

/** Why a backup was made. `safety`: before a restore over a project. `final`: of a project that is being removed. */
export const KINDS = ["scheduled", "manual", "safety", "final"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * How far a backup was proven (facts/ops.md §2.2). 0: made. 1: read back from the repository, the bytes that were written. 2: restored into a
 * scratch database. 3: compared with what was there when it was made, and nothing differs. Only the last counts.
 */
export type Level = 0 | 1 | 2 | 3;
export const PROVEN: Level = 3;

export interface Trees {
  before: string;
  /** There where stored files were kept that could be gone before the last of the three. */
  during?: string;
  set: string;
}

/** The snapshots of a backup that hold stored files, in the order in which they were taken: what an object of the dump has is in one of them. Pure. */
export const withFiles = ({ before, during, set }: Trees): string[] => [before, ...(during === undefined ? [] : [during]), set];

/** What was backed up. No secret is in it. */
export interface Manifest {
  /** The time it was begun, in UTC: `20261123T190511Z`. */
  id: string;
  project: string;
  /** The Pulumi stack that made it, which is the hostname of its snapshots. Undefined: of an earlier version, until it is looked up there (whose.ts). */
  stack?: string;
  kind: Kind;
  /** ISO 8601. */
  begun: string;
  ended: string;
  database: string;
  owner: string;
  roles: string[];
  versions: { postgres: string; pgDump: string; restic: string; images: Record<string, string> };
  /** The project's part of projects.yaml, with the defaults filled in. */
  entry: unknown;
  /** Bytes, and SHA-256 in hexadecimal. */
  dump: { bytes: number; sha256: string };
  /**
   * What was put into the repository: {@link Snapshot.tree} of its snapshots. Others in their place are not this backup. One from before that was
   * noted has none, and can not be told from another.
   */
  trees?: Trees;
  /** Taken in the snapshot of the dump. */
  measure: Measure;
  /** Secrets of the project's vault. */
  vaultSecrets: number;
  /** The rows of storage.objects in that snapshot, and how many of them had no file then. */
  objects: { rows: number; withoutFile: number };

  level: Level;
  /** When {@link level} was reached, or was found to be no more, last, ISO 8601. */
  proven?: string;
  /** There where it counted once, and does not any more. */
  wasProven?: true;
  /** Seconds that the restore took. */
  restoreSeconds?: number;
  /** Why it got no further; what differs. */
  faults: string[];
}

/** What a proof has found of a backup, or a look at what the repository has of it. Pure. */
export const foundToBe = (before: Manifest, found: Pick<Manifest, "level" | "faults" | "restoreSeconds">, now: Date): Manifest => ({
  ...before,
  ...found,
  proven: now.toISOString(),
  wasProven: found.level !== PROVEN && (before.level === PROVEN || before.wasProven === true) ? true : undefined,
});

/** The name of a backup that begins now. */
export const backupId = (now: Date): string => now.toISOString().replace(/[-:]|\.\d+/g, "");

const timeOf = (id: string): number => Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
/** What can be named. */
const LAST = Date.parse("9999-12-31T23:59:59Z");

/**
 * The name of the next one, behind all that there are: which is the newest, names say. Two in one second are possible; and of a clock that was
 * ahead once, no backup must stay the newest until that day has come. Pure.
 */
export function idAfter(taken: readonly string[], now: Date): string {
  // A repository may have made-up ones.
  const next = taken.map((id) => timeOf(id) + 1000).filter((time) => time <= LAST);
  return backupId(new Date(Math.max(now.getTime(), ...next)));
}

export const isBackupId = (text: string): boolean => /^\d{8}T\d{6}Z$/.test(text);

/** What services note of themselves on a project's first day, and `supabase db push` before anything is in it. */
const BOOKKEEPING = /\.(?:schema_)?migrations$/;

/** Of a project in which nothing is, as on a new server before its data is restored. */
export const isEmpty = ({ measure, objects, vaultSecrets }: Manifest): boolean =>
  objects.rows === 0 && vaultSecrets === 0 && Object.entries(measure.tables).every(([name, { rows }]) => rows === 0 || BOOKKEEPING.test(name));

/** What a repository has for one may be another's: its project and its id become paths here. */
export function isManifest(value: unknown): value is Manifest {
  const { project, id, stack } = (value ?? {}) as Partial<Record<keyof Manifest, unknown>>;
  return typeof project === "string" && PROJECT_NAME.test(project) && typeof id === "string" && isBackupId(id) && (stack === undefined || typeof stack === "string");
}
