// What runs by itself: each project's backups by its schedule, and once a week the newest proven one again.
import { join } from "node:path";
import { Cron } from "croner";
import { backUp } from "./backup.ts";
import { findBackup, isProven, manifests, noteFailure, notProven, openRepository, writeStatus } from "./catalog.ts";
import { readJson, writeJson } from "./files.ts";
import { withLock } from "./lock.ts";
import { STATE } from "./places.ts";
import { projectNames, readProject } from "./project.ts";
import { prove } from "./prove.ts";
import { purge, purgeDue, readRemoval } from "./removal.ts";
import { resumeRestores } from "./restore.ts";
import { applyRetention } from "./retention.ts";
import type { Settings } from "./settings.ts";
import { Stop } from "./stop.ts";

/** When the last of each was begun, ISO 8601. */
interface Times {
  backup: string;
  drill: string;
}
/** When a purge was tried last, ISO 8601. */
interface PurgeTime {
  tried: string;
}

const DAY = 24 * 60 * 60 * 1000;
const DRILL_DAYS = 7;
/** A purge that was refused reads all of a backup each time that it is tried. */
const PURGE_AGAIN = DAY / 24;
const timesFile = (project: string): string => join(STATE, "times", `${project}.json`);
const purgeTimeFile = (project: string): string => join(STATE, "times", `${project}.purge.json`);

/** Whether one was due since the last: also one that fell into a time when nothing ran. UTC. */
export function isDue(schedule: string, last: Date, now: Date): boolean {
  const next = new Cron(schedule, { timezone: "UTC" }).nextRun(last);
  return next !== null && next <= now;
}

export const isDrillDue = (last: Date, now: Date): boolean => now.getTime() - last.getTime() >= DRILL_DAYS * DAY;

/** Looks at all projects. A fault of one keeps none of the others from its backup. */
export async function runDue(settings: Settings, say: (line: string) => void, now = new Date()): Promise<void> {
  for (const name of await projectNames()) {
    // One that is new counts from now on.
    const times = (await readJson<Times>(timesFile(name))) ?? { backup: now.toISOString(), drill: now.toISOString() };
    const { backups, purgeAfterDays } = await readProject(name);
    // What is removed changes no more: its last backup is made.
    if (purgeAfterDays !== undefined) {
      await purgeIfDue(settings, name, purgeAfterDays, now, say);
      continue;
    }
    const due = backups.schedule !== undefined && isDue(backups.schedule, new Date(times.backup), now);
    const drill = isDrillDue(new Date(times.drill), now);
    await writeJson(timesFile(name), { backup: due ? now.toISOString() : times.backup, drill: drill ? now.toISOString() : times.drill } satisfies Times);
    if (due) await guarded(name, say, () => scheduledBackup(settings, name, say));
    if (drill) await guarded(name, say, () => drillBackup(settings, name, say));
  }
  await writeStatus();
}

async function purgeIfDue(settings: Settings, name: string, purgeAfterDays: number, now: Date, say: (line: string) => void): Promise<void> {
  const removal = await readRemoval(name);
  const isDueNow = removal?.phase === "purging" || (removal?.phase === "locked" && purgeDue(removal, purgeAfterDays) <= now);
  const last = await readJson<PurgeTime>(purgeTimeFile(name));
  if (!isDueNow || now.getTime() - Date.parse(last?.tried ?? "") < PURGE_AGAIN) return;
  await writeJson(purgeTimeFile(name), { tried: now.toISOString() } satisfies PurgeTime);
  await guarded(name, say, async () => {
    await openRepository();
    await purge({ settings, project: removal.project, say }, purgeAfterDays, removal.phase === "purging", now);
  });
}

async function guarded(name: string, say: (line: string) => void, job: () => Promise<void>): Promise<void> {
  try {
    await withLock(() => say(`${name}: waiting for another job`), job);
  } catch (error) {
    await noteFailure(name, error);
    say(`${name}: FAILED: ${error instanceof Error ? error.message : error}`);
  }
}

async function scheduledBackup(settings: Settings, name: string, say: (line: string) => void): Promise<void> {
  await openRepository({ mayBegin: true });
  await resumeRestores(settings, say);
  const project = await readProject(name);
  const manifest = await backUp({ settings, project, kind: "scheduled", say });
  if (!isProven(manifest)) throw new Stop(notProven(manifest));
  say(`${name}: backup ${manifest.id} is proven`);
  await applyRetention(name, project.backups.keep);
}

async function drillBackup(settings: Settings, name: string, say: (line: string) => void): Promise<void> {
  if (!(await manifests(name)).some(isProven)) return;
  await openRepository();
  const manifest = await prove({ settings, manifest: await findBackup(name), say });
  if (!isProven(manifest)) throw new Stop(notProven(manifest, true));
  say(`${name}: drill: backup ${manifest.id} is proven again`);
}
