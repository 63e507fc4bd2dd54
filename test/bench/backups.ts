// Backup, proof and restore of projects of some sizes, and under them pg_dump, restic and pg_restore by themselves, in turns in one run.
import { execa } from "execa";
import { BackupContainer } from "../e2e/lib/backupContainer.ts";
import { docker, type ProjectOutputs, TestStack } from "../e2e/lib/testStack.ts";
import { changeRows, databaseBytes, fillDatabase, storeFiles } from "./backupData.ts";
import { backupFigures, type Container, type Measured, type Seen, type Work } from "./backupFigures.ts";
import { MemoryWatch } from "./memoryWatch.ts";
import type { Figure } from "./table.ts";

const PROJECT = "blog";
const PROJECTS = `defaults: { backups: { schedule: off } }\nprojects:\n  - { name: ${PROJECT}, architecture: shared }\n`;
const DAYS = 7;
const RESTORES = 3;
/** Of what a project is ordered to have. */
const PART_OF_FILES = 0.1;
const DAY = 24 * 60 * 60 * 1000;
/** On the volume that the backup container works on. */
const FLOOR = "/var/lib/indie-ventures/floor";
const FLOOR_DATABASE = "bench_floor";
const CONTAINERS: Container[] = ["backup", "scratch", "postgres"];

/** Programs by themselves, as the backup container would run them; its environment has the passwords. */
const SCRIPTS: Record<"dump" | "store" | "load", string> = {
  dump: `PGPASSWORD=$READER_PASSWORD exec pg_dump -Fc -Z0 --host=$DATABASE_HOST --username=supabase_backup --file=${FLOOR}/database.dump ${PROJECT}`,
  store: `RESTIC_REPOSITORY=${FLOOR}/repository exec restic --quiet backup ${FLOOR}/database.dump`,
  load: `PGPASSWORD=$SUPERUSER_PASSWORD exec pg_restore --exit-on-error --host=$DATABASE_HOST --username=supabase_admin --dbname=${FLOOR_DATABASE} ${FLOOR}/database.dump`,
};

/** What stands before each program of the container: its own clock, so that seven backups in a row are of seven days, and the rule of how many to keep keeps them. */
const clock = (milliseconds: number): string =>
  `data:text/javascript,${encodeURIComponent(`const now = Date.now;
    globalThis.Date = class extends Date { constructor(...args) { super(...(args.length > 0 ? args : [now() + ${milliseconds}])); } static now() { return now() + ${milliseconds}; } };`)}`;

class Bench {
  readonly seen = {} as Record<Work, Seen>;
  private readonly stack: TestStack;
  private readonly watch: MemoryWatch;
  private began = 0;

  constructor(stack: TestStack, watch: MemoryWatch) {
    this.stack = stack;
    this.watch = watch;
  }

  /** MiB that each needs now. */
  memory(): Record<Container, number> {
    const peaks = this.watch.take();
    return Object.fromEntries(CONTAINERS.map((container) => [container, peaks.get(nameOf(this.stack, container))!])) as Record<Container, number>;
  }

  begin(): void {
    this.watch.take();
    this.began = performance.now();
  }

  /** What begins now is another work. */
  end(work: Work): void {
    const [seconds, memory] = [(performance.now() - this.began) / 1000, this.memory()];
    const seen = (this.seen[work] ??= { seconds: [], memory: { backup: [], scratch: [], postgres: [] } });
    seen.seconds.push(seconds);
    for (const container of CONTAINERS) seen.memory[container].push(memory[container]);
    this.began = performance.now();
  }

  /** A script in the backup container. */
  shell(script: string): Promise<string> {
    return docker("exec", nameOf(this.stack, "backup"), "sh", "-euc", script);
  }

  async floor(work: "dump" | "store" | "load"): Promise<void> {
    this.begin();
    await this.shell(SCRIPTS[work]);
    this.end(work);
  }

  /** A job of the product's. @param ends what it says when a work is over. @param days after today that it believes it is */
  async job(words: string[], ends: Partial<Record<Work, string>>, days = 0): Promise<void> {
    this.begin();
    const job = execa("docker", ["exec", nameOf(this.stack, "backup"), "node", "--import", clock(days * DAY), "main.ts", ...words], { all: true });
    const left = new Map(Object.entries(ends) as [Work, string][]);
    for await (const line of job.iterable({ from: "all" })) {
      const [work] = [...left].find(([, text]) => line.includes(text)) ?? [];
      if (work === undefined) continue;
      this.end(work);
      left.delete(work);
    }
    if (left.size > 0) throw new Error(`${words.join(" ")} never said ${[...left.values()].join(", ")}`);
  }
}

const nameOf = (stack: TestStack, container: Container): string => `iv-${stack.name}-${container}`;

async function backUpDaily(bench: Bench, project: ProjectOutputs, say: (line: string) => void): Promise<void> {
  await bench.shell(`mkdir -p ${FLOOR}; RESTIC_REPOSITORY=${FLOOR}/repository restic --quiet init`);
  for (let day = 0; day < DAYS; day++) {
    if (day > 0) await changeRows(project, day);
    await bench.floor("dump");
    await bench.floor("store");
    await bench.job(["backup", PROJECT], { backup: "is in the repository", proof: "is proven" }, day - DAYS + 1);
    say(`backup ${day + 1} of ${DAYS}`);
  }
}

async function restoreSometimes(stack: TestStack, bench: Bench, say: (line: string) => void): Promise<void> {
  for (let time = 1; time <= RESTORES; time++) {
    await stack.sql("postgres", `create database ${FLOOR_DATABASE} template template0`);
    await bench.floor("load");
    await stack.sql("postgres", `drop database ${FLOOR_DATABASE}`);
    await bench.job(["restore", PROJECT, "--without-safety-backup"], { restore: "restored from backup" });
    say(`restore ${time} of ${RESTORES}`);
  }
}

/** Bytes of what is in a folder of the backup container. */
const folderBytes = async (bench: Bench, path: string): Promise<number> => Number((await bench.shell(`du --summarize --bytes ${path}`)).split("\t")[0]);

async function measureOn(stack: TestStack, megabytes: number): Promise<Measured> {
  const say = (line: string): void => console.error(`  ${megabytes} MB: ${line}`);
  const project = (await stack.outputs())[PROJECT]!;
  say("making its rows and files");
  await storeFiles(project, megabytes * 1e6 * PART_OF_FILES);
  await fillDatabase(project, megabytes * 1e6 * (1 - PART_OF_FILES));
  // What is due after so many rows is not to fall into what is measured.
  await stack.sql(PROJECT, "vacuum analyze");
  await stack.sql(PROJECT, "checkpoint");
  const watch = await MemoryWatch.of(CONTAINERS.map((container) => nameOf(stack, container)));
  try {
    const bench = new Bench(stack, watch);
    const atRest = bench.memory();
    await backUpDaily(bench, project, say);
    const bytes = {
      database: await databaseBytes(project),
      dump: await folderBytes(bench, `${FLOOR}/database.dump`),
      files: await folderBytes(bench, `/var/lib/storage/files/${PROJECT}`),
      repository: await folderBytes(bench, "/repository"),
      floorRepository: await folderBytes(bench, `${FLOOR}/repository`),
    };
    const { provenBackups } = (await new BackupContainer(stack).status())[PROJECT]!;
    if (provenBackups !== DAYS) throw new Error(`${provenBackups} backups are in the repository, and not ${DAYS}: its size says nothing`);
    await restoreSometimes(stack, bench, say);
    return { megabytes, days: DAYS, bytes, atRest, seen: bench.seen };
  } finally {
    watch.stop();
  }
}

/** @param sizes MB of the projects, the smallest first */
export async function backups(sizes: number[]): Promise<Figure[]> {
  const measured: Measured[] = [];
  for (const megabytes of sizes) {
    const stack = await TestStack.create(PROJECTS);
    try {
      await stack.up();
      measured.push(await measureOn(stack, megabytes));
    } finally {
      await stack.remove();
    }
  }
  return backupFigures(measured);
}
