// What runs by itself: each project's backups by its schedule, and once a week the newest proven one again.
import { join } from "node:path";
import { Cron } from "croner";
import { backUp } from "./backup.ts";
import { isProven, noteFailure, notProven, ownManifests, restorable, writeStatus } from "./catalog.ts";
import { DAY, HOUR, isClockDoubted, isYetToCome } from "./clock.ts";
import { readJson, writeJson } from "./files.ts";
import type { Manifest } from "./manifest.ts";
import { runJob } from "./order.ts";
import { STATE } from "./places.ts";
import { type BackupProject, projectNames, readProject } from "./project.ts";
import { prove } from "./prove.ts";
import { purge, purgeDue, readRemoval, type Removal } from "./removal.ts";
import { applyRetention } from "./retention.ts";
import type { Settings } from "./settings.ts";
import { inWords, isHindrance, Lasting, Stop } from "./stop.ts";

const KINDS = ["backup", "drill"] as const;
type Kind = (typeof KINDS)[number];

/** When the last of each was begun by its schedule, ISO 8601. */
export interface Times {
  backup: string;
  drill: string;
  /** What was hindered and has not gone through since: when the last try ended, ISO 8601. */
  hindered?: Partial<Record<Kind, string>>;
  /** Begun and not ended: there after a kill. */
  running?: { kind: Kind; /** It is made up for one that was cut short. */ isAgain: boolean };
}
/** When a purge was tried last, ISO 8601. */
interface PurgeTime {
  tried: string;
}

const DRILL_DAYS = 7;
/** What hinders a job mostly passes: a repository that does not answer, memory that others take. A whole backup each time is work, too. */
const AGAIN = HOUR;
/** A purge that was refused reads all of a backup each time that it is tried. */
const PURGE_AGAIN = HOUR;
const timesFile = (project: string): string => join(STATE, "times", `${project}.json`);
const purgeTimeFile = (project: string): string => join(STATE, "times", `${project}.purge.json`);

/** Whether one was due since the last: also one that fell into a time when nothing ran. UTC. */
export function isDue(schedule: string, last: Date, now: Date): boolean {
  const next = new Cron(schedule, { timezone: "UTC" }).nextRun(last);
  return next !== null && next <= now;
}

export const isDrillDue = (last: Date, now: Date): boolean => now.getTime() - last.getTime() >= DRILL_DAYS * DAY;

export interface Due {
  kind: Kind;
  /** There where it is the rest of one that was hindered: when that was begun by its schedule, ISO 8601. */
  since?: string;
}

/**
 * What is due now. What was cut short is, once more: what is killed each time does not keep the server busy for ever. What was hindered is, each
 * hour, until it went through or the next one is due. Pure.
 */
export function whatIsDue({ backup, drill, hindered = {}, running }: Times, schedule: string | undefined, now: Date): Due[] {
  const isCut = (kind: Kind) => running?.kind === kind && !running.isAgain;
  // A clock that was put back does not stop the backups until it is there again.
  const last = (time: string) => new Date(isYetToCome(time, now) ? 0 : time);
  const isOn = { backup: schedule !== undefined && isDue(schedule, last(backup), now), drill: isDrillDue(last(drill), now) };
  const isAgain = (kind: Kind) => Math.abs(now.getTime() - Date.parse(hindered[kind] ?? now.toISOString())) >= AGAIN;
  return KINDS.filter((kind) => kind !== "backup" || schedule !== undefined).flatMap((kind): Due[] => {
    if (isCut(kind) || isOn[kind]) return [{ kind }];
    return isAgain(kind) ? [{ kind, since: { backup, drill }[kind] }] : [];
  });
}

/**
 * What there is of a backup that was hindered, or was made by hand since: proven, or in the repository and its proof was kept from its work.
 * Undefined: it has to be made. Pure.
 *
 * @param all the newest first @param since when it was begun, ISO 8601
 */
export function madeSince(all: readonly Manifest[], since: string): Manifest | undefined {
  const newest = all.find(({ kind }) => kind !== "safety");
  if (newest === undefined || newest.begun < since) return undefined;
  // One with a fault is what it is.
  return isProven(newest) || (newest.level === 0 && newest.faults.length === 0) ? newest : undefined;
}

interface DueArgs {
  settings: Settings;
  name: string;
  say: (line: string) => void;
}

/** As it is at this moment: an update may change it, or take it away, while its job waits for another. */
const projectNow = async (name: string): Promise<BackupProject | undefined> => ((await projectNames()).includes(name) ? readProject(name) : undefined);

/** Looks at all projects. A fault of one keeps none of the others from its backup. */
export async function runDue(settings: Settings, say: (line: string) => void, now = new Date()): Promise<void> {
  // Each time: of a clock that is not looked at nobody knows whether it jumped.
  const isDoubted = await isClockDoubted(say, now);
  for (const name of await projectNames()) {
    const project = await projectNow(name);
    if (project === undefined) continue;
    // What is removed changes no more: its last backup is made.
    if (project.purgeAfterDays === undefined) await runDueJobs({ settings, name, say }, project.backups.schedule, now);
    else await purgeIfDue({ settings, name, say }, isDoubted, now);
  }
  await writeStatus();
}

async function runDueJobs({ settings, name, say }: DueArgs, schedule: string | undefined, now: Date): Promise<void> {
  // One that is new counts from now on.
  const times = (await readJson<Times>(timesFile(name))) ?? { backup: now.toISOString(), drill: now.toISOString() };
  const { running } = times;
  if (running !== undefined) await noteFailure(name, new Stop(`the ${running.kind} begun at ${times[running.kind]} was cut short: the container was stopped or killed`));
  let last: Times = { backup: times.backup, drill: times.drill, hindered: times.hindered };
  await writeJson(timesFile(name), last);
  for (const { kind, since } of whatIsDue(times, schedule, now)) {
    last = { ...last, [kind]: since ?? now.toISOString(), hindered: { ...last.hindered, [kind]: undefined } };
    if (kind === "backup" || (await toProve(name)) !== undefined) {
      await writeJson(timesFile(name), { ...last, running: { kind, isAgain: running?.kind === kind } } satisfies Times);
      const what = `${kind} of ${name}, by schedule`;
      const isHindered = await guarded({ settings, name, say, what, mayBegin: kind === "backup" }, async () => {
        const project = await projectNow(name);
        if (project !== undefined && project.purgeAfterDays === undefined) await JOBS[kind]({ settings, project, say }, since);
      });
      if (isHindered) last = { ...last, hindered: { ...last.hindered, [kind]: new Date().toISOString() } };
    }
    await writeJson(timesFile(name), last);
  }
}

/** By itself: it goes on, or its day has come by a clock that is believed. Pure. */
export const isPurgeDue = (removal: Removal, purgeAfterDays: number, isDoubted: boolean, now: Date): boolean =>
  removal.phase === "purging" || (removal.phase === "locked" && !isDoubted && purgeDue(removal, purgeAfterDays) <= now);

/** What is to be purged now; undefined where it is not its day, or is being brought back. */
async function toPurge(name: string, isDoubted: boolean, now: Date): Promise<{ removal: Removal; purgeAfterDays: number } | undefined> {
  const [{ purgeAfterDays } = {}, removal] = [await projectNow(name), await readRemoval(name)];
  return purgeAfterDays !== undefined && removal !== undefined && isPurgeDue(removal, purgeAfterDays, isDoubted, now) ? { removal, purgeAfterDays } : undefined;
}

async function purgeIfDue({ settings, name, say }: DueArgs, isDoubted: boolean, now: Date): Promise<void> {
  if ((await toPurge(name, isDoubted, now)) === undefined) return;
  const last = await readJson<PurgeTime>(purgeTimeFile(name));
  if (last !== undefined && !isYetToCome(last.tried, now) && now.getTime() - Date.parse(last.tried) < PURGE_AGAIN) return;
  await writeJson(purgeTimeFile(name), { tried: now.toISOString() } satisfies PurgeTime);
  await guarded({ settings, name, say, what: `purge of ${name}, by schedule` }, async () => {
    const due = await toPurge(name, isDoubted, now);
    if (due !== undefined) await purge({ settings, project: due.removal.project, say }, due.purgeAfterDays, due.removal.phase === "purging", now);
  });
}

interface GuardedArgs extends DueArgs {
  what: string;
  /** Makes the repository where there never was one. @default false */
  mayBegin?: boolean;
}

/** @returns whether it was hindered by what may soon be over */
async function guarded({ name, ...args }: GuardedArgs, job: () => Promise<void>): Promise<boolean> {
  const { say } = args;
  try {
    await runJob({ ...args, sayWaiting: () => say(`${name}: waiting for another job`) }, job);
    return false;
  } catch (error) {
    say(`${name}: FAILED: ${inWords(error)}`);
    // On a disk that is full there is no room for that either.
    await noteFailure(name, error).catch((also: unknown) => say(`${name}: that it failed could not be noted: ${inWords(also)}`));
    return isHindrance(error) && !(error instanceof Lasting);
  }
}

interface JobArgs {
  settings: Settings;
  project: BackupProject;
  say: (line: string) => void;
}

type Job = (args: JobArgs, since: string | undefined) => Promise<void>;

const JOBS: Record<Kind, Job> = {
  backup: async ({ settings, project, say }, since) => {
    const { name } = project;
    const made = since === undefined ? undefined : madeSince(await ownManifests(name), since);
    if (made !== undefined) say(`${name}: backup ${made.id} is in the repository${isProven(made) ? "" : "; restoring it to prove it"}`);
    const manifest = made === undefined ? await backUp({ settings, project, kind: "scheduled", say }) : isProven(made) ? made : await prove({ settings, manifest: made, say });
    if (!isProven(manifest)) throw new Stop(notProven(manifest));
    say(`${name}: backup ${manifest.id} is proven`);
    await applyRetention(settings, project, say);
  },
  // Each that is found broken counts no more, so that what is said to be proven is, and was a moment ago.
  drill: async ({ settings, project: { name }, say }) => {
    const broken: string[] = [];
    for (let newest = await toProve(name); newest !== undefined; newest = await toProve(name)) {
      const manifest = await prove({ settings, manifest: newest, say });
      say(`${name}: drill: backup ${manifest.id} is ${isProven(manifest) ? "proven again" : `proven no more: ${manifest.faults[0]}`}`);
      if (isProven(manifest)) break;
      broken.push(notProven(manifest, true));
    }
    if (broken.length > 0) throw new Stop(broken.join("; "));
  },
};

const toProve = async (name: string): Promise<Manifest | undefined> => restorable(await ownManifests(name));
