// What was measured of backups, as rows of the table: pure.
import { BACKUP_MEMORY, SCRATCH_MEMORY } from "../../spec/capacity.ts";
import { SAMPLED_EACH } from "./memoryWatch.ts";
import { type Figure, median } from "./table.ts";

export type Container = "backup" | "scratch" | "postgres";
/** `dump`, `store` and `load` are the floor of the others: `pg_dump`, `restic backup` and `pg_restore` by themselves. */
export type Work = "dump" | "store" | "backup" | "proof" | "load" | "restore";

/** What was seen of one kind of work, one entry each time. */
export interface Seen {
  seconds: number[];
  /** MiB, the peak. */
  memory: Record<Container, number[]>;
}

export interface Measured {
  /** As it was ordered: database and stored files. */
  megabytes: number;
  /** Backups in a row. */
  days: number;
  /** After the last backup; `floorRepository`: of restic by itself, which had the dumps and nothing else. */
  bytes: Record<"database" | "dump" | "files" | "repository" | "floorRepository", number>;
  /** MiB, before anything of it. */
  atRest: Record<Container, number>;
  seen: Record<Work, Seen>;
}

const label = (megabytes: number): string => (megabytes < 1000 ? `${megabytes} MB` : `${megabytes / 1000} GB`);

const WORKS: { work: Work; name: string; how: (measured: Measured) => string }[] = [
  { work: "dump", name: "`pg_dump -Fc -Z0` to a file", how: () => "in the backup container, each day before the backup" },
  { work: "store", name: "`restic backup` of that file", how: () => "the same, into a repository of its own on the same disk" },
  { work: "backup", name: "backup", how: ({ days }) => `until it is in the repository; ${days} in a row, 1 % of the rows changed before each but the first` },
  { work: "proof", name: "proof of it", how: () => "read back, restored on the scratch Postgres, compared" },
  { work: "load", name: "`pg_restore` into an empty database", how: () => "in the backup container, into the server's Postgres, in turns with the next" },
  { work: "restore", name: "restore", how: () => "whole command, `--without-safety-backup`" },
];
const FLOORS: readonly Work[] = ["dump", "store", "load"];

/** Whose memory is of interest in what. */
const MEMORY: { container: Container; name: string; limit?: number; works: Work[] }[] = [
  { container: "backup", name: "the backup container", limit: BACKUP_MEMORY, works: ["store", "backup", "proof", "restore"] },
  { container: "scratch", name: "the scratch container", limit: SCRATCH_MEMORY, works: ["proof"] },
  { container: "postgres", name: "Postgres", works: ["dump", "backup", "proof", "load", "restore"] },
];

const nameOf = (work: Work): string => WORKS.find((each) => each.work === work)!.name;

const seconds = (measured: Measured): Figure[] =>
  WORKS.map(({ work, name, how }) => ({
    name: `${label(measured.megabytes)}: ${name}`,
    ...(FLOORS.includes(work) ? { aim: "floor" as const } : {}),
    unit: "s",
    samples: measured.seen[work].seconds,
    how: how(measured),
  }));

const memory = ({ megabytes, seen, atRest }: Measured): Figure[] =>
  MEMORY.flatMap(({ container, name, limit, works }) =>
    works.map((work) => ({
      name: `${label(megabytes)}: memory of ${name}, ${nameOf(work)}`,
      aim: FLOORS.includes(work) ? ("floor" as const) : limit,
      unit: "MiB" as const,
      samples: seen[work].memory[container],
      how: `peak without page cache, at rest ${atRest[container].toFixed(0)}`,
    })),
  );

function sizes({ megabytes, days, bytes }: Measured): Figure[] {
  const of = (name: string, unit: "MB" | "×", value: number, how: string, aim?: "floor"): Figure => ({ name: `${label(megabytes)}: ${name}`, aim, unit, samples: [value], how });
  const after = `repository after ${days} daily backups`;
  return [
    of("database", "MB", bytes.database / 1e6, "`pg_database_size`, with its indexes"),
    of("dump", "MB", bytes.dump / 1e6, "not compressed"),
    of("stored files", "MB", bytes.files / 1e6, "can not be compressed, none changes"),
    of(`restic's, of the dumps alone, ÷ dump`, "×", bytes.floorRepository / bytes.dump, `${days} dumps`, "floor"),
    of(`${after} ÷ dump`, "×", bytes.repository / bytes.dump, "files and all; 1 % of the rows changed each day"),
    of(`${after} ÷ database`, "×", bytes.repository / bytes.database, "the same"),
  ];
}

/** How much more the larger one takes; more than it is larger is worse than linear. */
function growth(small: Measured, large: Measured): Figure[] {
  const aim = large.megabytes / small.megabytes;
  const how = `median of ${label(large.megabytes)} ÷ median of ${label(small.megabytes)}`;
  const ratio = (samples: (measured: Measured) => number[]): number[] => [median(samples(large)) / median(samples(small))];
  const times = WORKS.map(({ work, name }): Figure => ({
    name: `growth of the time: ${name}`,
    aim: FLOORS.includes(work) ? "floor" : aim,
    unit: "×",
    samples: ratio(({ seen }) => seen[work].seconds),
    how,
  }));
  const memories = MEMORY.flatMap(({ container, name, works }) =>
    works.filter((work) => !FLOORS.includes(work)).map((work): Figure => ({
      name: `growth of the memory of ${name}, ${nameOf(work)}`,
      unit: "×",
      samples: ratio(({ seen }) => seen[work].memory[container]),
      how,
    })),
  );
  return [...times, ...memories];
}

/** @param all the smallest first */
export function backupFigures(all: Measured[]): Figure[] {
  const [small, large] = [all[0], all.at(-1)];
  const each = all.flatMap((measured) => [...seconds(measured), ...memory(measured), ...sizes(measured)]);
  return small === undefined || large === undefined || all.length < 2 ? each : [...each, ...growth(small, large)];
}

/** Beneath the table. */
export const HOW_MEMORY = `Memory is anonymous and shared memory (shared_buffers) of the container's cgroup, looked at each ${SAMPLED_EACH} ms; page cache is not in it.`;
