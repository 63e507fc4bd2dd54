// A project that is taken away: step by step, each of which can be done again, and back until the last. What was done is on the disk of the server.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { backUp } from "./backup.ts";
import { findBackup, isProven, writeStatus } from "./catalog.ts";
import { DAY } from "./clock.ts";
import { readJson, writeJson } from "./files.ts";
import { forgetReplaced } from "./journal.ts";
import type { Manifest } from "./manifest.ts";
import { filesFolder, STATE } from "./places.ts";
import { type Postgres, withClient } from "./postgres.ts";
import type { BackupProject } from "./project.ts";
import { prove } from "./prove.ts";
import { whyNotBack } from "./purged.ts";
import { closeDatabase, dropDatabase, openDatabase } from "./restore.ts";
import { ownStack, runUp, type Settings } from "./settings.ts";
import { Stop } from "./stop.ts";

export interface Removal {
  project: BackupProject;
  /**
   * `closing`: nobody gets in any more. `locked`: its last backup is proven, and the database opens for nobody. `purging`: what is there is being
   * deleted. `purged`: it is gone, but for its backups.
   */
  phase: "closing" | "locked" | "purging" | "purged";
  /** When the last session had ended, ISO 8601: what is backed up after that is the last that there was. */
  closed?: string;
  /** When it was locked, ISO 8601. */
  locked?: string;
  /** The backup that lets it go. */
  backup?: string;
}

export interface RemovalArgs {
  settings: Settings;
  project: BackupProject;
  say: (line: string) => void;
}

const folder = join(STATE, "removals");
const file = (project: string): string => join(folder, `${project}.json`);

export const readRemoval = (project: string): Promise<Removal | undefined> => readJson<Removal>(file(project));

/** The names of the projects that are being removed, or are. */
export async function removals(): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.flatMap((each) => (each.endsWith(".json") ? [each.slice(0, -".json".length)] : [])).sort();
}

async function note(removal: Removal): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeJson(file(removal.project.name), removal);
  await writeStatus();
}

/** Its address answers 410 and its logins are off already (Pulumi's part). Goes on where a killed one stopped. @throws Stop; nothing is lost then */
export async function remove({ settings, project, say }: RemovalArgs): Promise<void> {
  let removal: Removal = (await readRemoval(project.name)) ?? { project, phase: "closing" };
  if (removal.phase !== "closing") return say(`${project.name}: is ${removal.phase} already`);
  await note(removal);
  say(`${project.name}: ending its sessions`);
  await requireNoLogins(settings.postgres, project);
  await endSessions(settings.postgres, project);
  // One that was killed may have closed it, just before it could note that.
  await openDatabase(settings.postgres, project.database);
  removal = { ...removal, closed: new Date().toISOString() };
  await note(removal);
  const manifest = await backUp({ settings, project, kind: "final", say });
  requireProven(manifest, `nothing of it is deleted, and it stays off. Mend that, then run the same command again; or write state: present`);
  say(`${project.name}: closing its database`);
  await closeDatabase(settings.postgres, project.database);
  await note({ ...removal, phase: "locked", locked: new Date().toISOString(), backup: manifest.id });
  say(`${project.name}: locked; its last backup ${manifest.id} is proven`);
}

/**
 * It is no longer being removed. Its logins, its address and its database, Pulumi's program opens again.
 *
 * @throws Stop where its purge has begun: what is there may be half of it
 */
export async function bringBack(name: string): Promise<void> {
  const removal = await readRemoval(name);
  if (removal === undefined) return;
  requireNotPurged(removal);
  await rm(file(name), { force: true });
  await writeStatus();
}

/** @throws Stop */
export function requireNotPurged({ project: { name }, phase }: Removal): void {
  const why = whyNotBack(name, phase, ownStack());
  if (why !== undefined) throw new Stop(why);
}

/**
 * Deletes a removed project's database and files. Only where its last backup is proven, newer than its last session, and was read back from the
 * repository and restored once more a moment before: also where it goes on with one that was cut short, as long as there is a database to lose.
 *
 * @param isByHand a person asked for it, and need not wait for the day
 */
export async function purge({ settings, project: { name }, say }: RemovalArgs, purgeAfterDays: number, isByHand: boolean, now = new Date()): Promise<void> {
  const removal = await readRemoval(name);
  if (removal === undefined || removal.phase === "closing") throw new Stop(`"${name}" is not removed, so nothing of it is purged. Write state: removed, and run: ${runUp()}`);
  if (removal.phase === "purged") return say(`${name}: is purged already`);
  const due = purgeDue(removal, purgeAfterDays);
  if (!isByHand && now < due) throw new Stop(`"${name}" is purged on ${due.toISOString()} at the earliest`);
  if (removal.phase === "locked" || (await isThere(settings.postgres, removal.project.database))) await requireFinal(settings, removal, say);
  await note({ ...removal, phase: "purging" });
  say(`${name}: deleting its database`);
  await dropDatabase(settings.postgres, removal.project.database);
  say(`${name}: deleting its files`);
  for (const entry of await readdir(filesFolder(name)).catch(() => [])) await rm(join(filesFolder(name), entry), { recursive: true, force: true });
  await forgetReplaced(name);
  await note({ ...removal, phase: "purged" });
  say(`${name}: purged; backup ${removal.backup} has all of it`);
}

export const purgeDue = ({ locked }: Removal, purgeAfterDays: number): Date => new Date(Date.parse(locked!) + purgeAfterDays * DAY);

async function isThere(server: Postgres, database: string): Promise<boolean> {
  const { rowCount } = await withClient({ server, login: server.superuser, database: "postgres" }, (client) => client.query("select from pg_database where datname = $1", [database]));
  return rowCount !== 0;
}

async function requireFinal(settings: Settings, { project, backup, closed }: Removal, say: (line: string) => void): Promise<void> {
  const manifest = await findBackup(project.name, backup, say);
  if (closed === undefined || manifest.begun < closed) throw new Stop(`Backup ${backup} of "${project.name}" is older than its last session: nothing is deleted.`);
  say(`${project.name}: reading backup ${manifest.id} back once more`);
  requireProven(await prove({ settings, manifest, say }), "nothing is deleted");
}

function requireProven(manifest: Manifest, then: string): void {
  if (!isProven(manifest)) throw new Stop(`Backup ${manifest.id} of "${manifest.project}" is not proven, so ${then}: ${manifest.faults[0] ?? "its proof did not end"}`);
}

/** Who can log in again a moment later has not gone. */
async function requireNoLogins(server: Postgres, { name, roles }: BackupProject): Promise<void> {
  const logins = await withClient({ server, login: server.superuser, database: "postgres" }, async (client) =>
    (await client.query<{ rolname: string }>("select rolname from pg_roles where rolcanlogin and rolname = any ($1)", [roles])).rows,
  );
  if (logins.length > 0) throw new Stop(`"${name}" is in use: its logins are on (${logins.map(({ rolname }) => rolname).join(", ")}). Write state: removed in projects.yaml, and run: ${runUp()}`);
}

async function endSessions(server: Postgres, { roles }: BackupProject): Promise<void> {
  await withClient({ server, login: server.superuser, database: "postgres" }, async (client) => {
    for (let left = 1; left > 0; ) {
      left = (await client.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = any ($1)", [roles])).rowCount ?? 0;
    }
  });
}
