// The backup container's program: `node main.ts <command>`. As its first process it keeps the schedules; by `docker exec` it does a job.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { backUp } from "./backup.ts";
import { backedUpProjects, findBackup, isProven, manifests, notProven, writeStatus } from "./catalog.ts";
import { chosenNames, failingBefore, forEach, forEachPresent, presentNames, readPresent } from "./chosen.ts";
import { exportProject } from "./export.ts";
import { writeJson } from "./files.ts";
import { readReplaced } from "./journal.ts";
import { listed, renderListed } from "./listed.ts";
import { withLock } from "./lock.ts";
import { putInOrderIfNeeded, runJob } from "./order.ts";
import { PULUMI_STATE } from "./places.ts";
import { type BackupProject, readProject } from "./project.ts";
import { prove } from "./prove.ts";
import { bringBack, purge, readRemoval, remove } from "./removal.ts";
import { restore } from "./restore.ts";
import { applyRetention } from "./retention.ts";
import { canBeRestored } from "./safety.ts";
import { runDue } from "./schedule.ts";
import { savedProjectAs, savedProjects } from "./seeds.ts";
import { onStack, readSettings, type Settings } from "./settings.ts";
import { prepareSsh } from "./ssh.ts";
import { inWords, isHindrance, Refused, Stop } from "./stop.ts";
import { streamedStdout } from "./streamedStdout.ts";
import { findToRestore } from "./toRestore.ts";
import { ownFirst } from "./whose.ts";

const USAGE = `backup <project>… | --all [--new-repository]   makes a backup and proves it
prove <project>… | --all [--backup <id>]       restores the newest again, and compares
list [<project>…] [--json]                     the backups that there are
restore <project> [--backup <id>] [--dry-run]  puts a backup in the place of what the project has now
        [--from <project>]                     a backup of another project
        [--without-safety-backup]              what is there now is not kept
restore --all --without-safety-backup          all of them, on a server that is new
rollback <project> [--without-safety-backup]   takes back the last restore
export <project> [--backup <id>]               all of it as a tar on stdout, for upstream's own docker compose file
purge <project>                                deletes what is left of a removed project, before its day`;

const say = (line: string): void => console.log(line);
/** Where stdout is for something else. */
const sayAside = (line: string): void => console.error(line);
const sayWaiting = (): void => sayAside("Another job runs here: waiting for it");

interface Options {
  names: string[];
  all: boolean;
  backup?: string;
  dryRun: boolean;
  json: boolean;
  newRepository: boolean;
  from?: string;
  as?: string;
  withoutSafetyBackup: boolean;
}

function parse(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      all: { type: "boolean", default: false },
      backup: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "new-repository": { type: "boolean", default: false },
      from: { type: "string" },
      as: { type: "string" },
      "without-safety-backup": { type: "boolean", default: false },
    },
  });
  return {
    names: positionals,
    all: values.all,
    backup: values.backup,
    dryRun: values["dry-run"],
    json: values.json,
    newRepository: values["new-repository"],
    from: values.from,
    as: values.as,
    withoutSafetyBackup: values["without-safety-backup"],
  };
}

function one({ names, all }: Options): string {
  if (all || names.length !== 1) throw new Refused("Name one project");
  return names[0]!;
}

/**
 * A job that has the repository to itself, with what a killed one left behind in order first.
 *
 * @param mayBegin makes the repository where there never was one
 */
const job = (settings: Settings, options: Options, work: () => Promise<void>, mayBegin = false): Promise<void> =>
  runJob(
    {
      settings,
      mayBegin,
      what: process.argv.slice(2).join(" "),
      // stdout is what was asked for: of `seeds`, JSON; of `export`, the archive.
      say: sayAside,
      sayWaiting,
      isNewRepository: options.newRepository,
    },
    work,
  );

async function backupCommand(settings: Settings, options: Options): Promise<void> {
  const names = await presentNames(options);
  const work = async (project: BackupProject) => {
    const manifest = await backUp({ settings, project, kind: "manual", say });
    if (!isProven(manifest)) throw new Stop(`backup ${manifest.id} is not proven, and does not count: ${manifest.faults[0]}`);
    say(`${project.name}: backup ${manifest.id} is proven: restored in ${manifest.restoreSeconds} s and compared`);
    await applyRetention(settings, project, say);
  };
  await failingBefore(names, (begun) => job(settings, options, () => (begun(), forEachPresent(options, names, say, work)), true));
}

async function proveCommand(settings: Settings, options: Options): Promise<void> {
  const names = await chosenNames(options);
  await job(settings, options, () =>
    forEach(names, say, async (name) => {
      const newest = options.backup ?? ownFirst(await manifests(name), settings.stack, (all) => all.find(({ kind }) => kind !== "safety"))?.id;
      const manifest = await prove({ settings, manifest: await findBackup(name, newest, say), say });
      if (!isProven(manifest)) throw new Stop(`backup ${manifest.id} is not proven, and does not count: ${manifest.faults[0]}`);
      say(`${name}: backup ${manifest.id} is proven: restored in ${manifest.restoreSeconds} s and compared`);
    }),
  );
}

async function listCommand(settings: Settings, options: Options): Promise<void> {
  await job(settings, options, async () => {
    const names = options.names.length > 0 ? options.names : await backedUpProjects();
    const all = (await Promise.all(names.map(manifests))).flat().map((manifest) => listed(manifest, settings.stack));
    if (options.json) return say(JSON.stringify(all));
    for (const each of all) say(renderListed(each, settings.stack));
    if (all.length === 0) say(`There is no backup yet. To make one now: npm run indie -- backup --all${onStack()}`);
  });
}

async function restoreCommand(settings: Settings, options: Options): Promise<void> {
  const { dryRun, withoutSafetyBackup } = options;
  const names = await presentNames(options);
  if (names.length > 1 && (options.backup ?? options.from) !== undefined) throw new Refused("--backup and --from are for one project");
  const work = async (project: BackupProject) => {
    const manifest = await findToRestore({ ...options, project: project.name, say });
    if (!canBeRestored(manifest)) throw new Stop(`Backup ${manifest.id} of "${manifest.project}" is not proven: ${manifest.faults[0] ?? "its proof did not end"}. Nothing was changed.`);
    await restore({ settings, project, manifest, dryRun, withoutSafetyBackup, say });
  };
  await job(settings, options, () => forEachPresent(options, names, say, work));
}

async function rollbackCommand(settings: Settings, options: Options): Promise<void> {
  const { dryRun, withoutSafetyBackup } = options;
  const name = one(options);
  await readPresent(name);
  await job(settings, options, async () => {
    // As it is by now: an update may have changed it while another job ran.
    const project = await readPresent(name);
    const replaced = await readReplaced(name);
    if (replaced === undefined) throw new Stop(`No restore of "${name}" is there to take back.`);
    if (replaced.safety === undefined) throw new Stop(`The last restore of "${name}" was made --without-safety-backup: what it replaced was not kept.`);
    const manifest = await findBackup(name, replaced.safety, say);
    if (!canBeRestored(manifest)) throw new Stop(`What the last restore of "${name}" replaced can not be brought back: ${notProven(manifest)}. Nothing was changed.`);
    await restore({ settings, project, manifest, dryRun, withoutSafetyBackup, say });
  });
}

/** stdout: the archive. Secret. */
async function exportCommand(settings: Settings, options: Options): Promise<void> {
  const name = one(options);
  const work = async () => {
    // Also one that is gone from the server, and has its backups.
    if (!(await backedUpProjects()).includes(name)) await readProject(name);
    const output = streamedStdout(() => output.destroy(new Stop(`${name}: nobody takes the archive any more, so it was given up`)));
    await exportProject({ settings, manifest: await findBackup(name, options.backup, sayAside), output, say: sayAside });
  };
  await job(settings, options, work);
}

/** Pulumi's part of a removal calls it (components/supabaseProject.ts). */
async function removeCommand(settings: Settings, options: Options): Promise<void> {
  const name = one(options);
  await readProject(name);
  await job(settings, options, async () => remove({ settings, project: await readProject(name), say }), true);
}

/** The update that has a project back calls it (components/backups.ts). No purge begins meanwhile, as it is a job. */
const bringBackCommand = (_: Settings, options: Options): Promise<void> => withLock(sayWaiting, () => bringBack(one(options)));

async function purgeCommand(settings: Settings, options: Options): Promise<void> {
  const name = one(options);
  await job(settings, options, async () => {
    const project = (await readRemoval(name))?.project ?? (await readProject(name));
    await purge({ settings, project, say }, project.purgeAfterDays ?? 0, true);
  });
}

/** stdout: JSON, for the command on the user's computer. Secret. */
const seedsCommand = (settings: Settings, options: Options): Promise<void> =>
  job(settings, options, async () => {
    const { from, as } = options;
    if ((from === undefined) !== (as === undefined)) throw new Stop("--from <project> and --as <name>: both or none");
    const { saved, failed } = from !== undefined && as !== undefined ? { saved: await savedProjectAs(from, as, sayAside), failed: [] } : await savedProjects(sayAside);
    process.stdout.write(JSON.stringify(saved));
    if (failed.length > 0) throw new Stop(`The keys of ${failed.join(", ")} could not be had from any backup that is proven.`);
  });

/** Until it is told to end. A job in the middle is given up: the next start puts in order what it left. */
async function serve(settings: Settings): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => (stop.abort(), process.exit(0)));
  const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  for (;;) {
    await putInOrderIfNeeded(settings, log).catch((error: unknown) => log(`FAILED: ${inWords(error)}`));
    await runDue(settings, log).catch((error: unknown) => log(`FAILED: ${inWords(error)}`));
    await sleep(30_000, undefined, { signal: stop.signal });
  }
}

/** stdin: the stack's state with its passphrase, which each backup takes along. */
async function keepState(): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  await writeJson(PULUMI_STATE, JSON.parse(Buffer.concat(parts).toString()));
}

const COMMANDS: Record<string, (settings: Settings, options: Options) => Promise<void>> = {
  serve,
  backup: backupCommand,
  prove: proveCommand,
  list: listCommand,
  restore: restoreCommand,
  rollback: rollbackCommand,
  export: exportCommand,
  remove: removeCommand,
  "bring-back": bringBackCommand,
  purge: purgeCommand,
  seeds: seedsCommand,
  "keep-state": keepState,
  status: writeStatus,
};

try {
  const [word = "", ...args] = process.argv.slice(2);
  const command = COMMANDS[word];
  if (command === undefined) throw new Stop(USAGE);
  await prepareSsh();
  await command(readSettings(), parse(args));
} catch (error) {
  console.error(error instanceof Stop || isHindrance(error) ? inWords(error) : error);
  process.exitCode = 1;
}
