// One job after the other, each with what one that was cut short left in order first: by a kill, a power cut, a Postgres that went away.
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson, writeJson } from "./files.ts";
import { journals } from "./journal.ts";
import { withLock } from "./lock.ts";
import { FILES, PROOF, READ_BACK, replacedFolder, restoringFolder, SCRATCH, STAGING, STATE } from "./places.ts";
import { LIST_FOLDER } from "./pgRestore.ts";
import { APPLICATION, asSuperuser, type Postgres, withClient } from "./postgres.ts";
import { REPLACED, RESTORING } from "./project.ts";
import { hasRepository, openRepository } from "./repository.ts";
import { RESTORER, shutRestorerOut } from "./restorer.ts";
import { dropDatabase, replacedDatabase, resumeRestores } from "./restore.ts";
import type { Settings } from "./settings.ts";
import { inWords, Refused } from "./stop.ts";
import { TEMPLATE_COPY } from "./template.ts";

interface Begun {
  /** `backup blog`. */
  what: string;
  /** ISO 8601. Undefined: nobody knows any more. */
  at?: string;
}

export interface JobArgs {
  settings: Settings;
  /** The job in its own words, for who reads that it was cut short: `backup blog`. */
  what: string;
  say: (line: string) => void;
  /** Says that another job has to end first. */
  sayWaiting: () => void;
  /** Begin with another repository than the one that is known. @default false */
  isNewRepository?: boolean;
  /** Makes the repository where there never was one. @default false */
  mayBegin?: boolean;
}

/** There from the beginning of a job until it has ended well. */
const FILE = join(STATE, "job.json");

/** What did not end well. An exchange has its journal, whatever became of the job that it was a part of. */
async function leftUndone(): Promise<Begun | undefined> {
  const begun = await readJson<Begun>(FILE);
  const [journal] = await journals();
  return begun ?? (journal && { what: `restore of ${journal.project.name}` });
}

/** Runs a job that has Postgres' scratch names, the folders and the repository to itself. */
export const runJob = <T>({ settings, what, say, sayWaiting, isNewRepository = false, mayBegin }: JobArgs, work: () => Promise<T>): Promise<T> =>
  withLock(sayWaiting, async () => {
    const before = await leftUndone();
    const isInOrder = before === undefined || (await couldPutInOrder(settings, before, say));
    if (isInOrder) await writeJson(FILE, { what, at: new Date().toISOString() } satisfies Begun);
    await openRepository({ isNew: isNewRepository, mayBegin, mayBeLocked: before !== undefined, say });
    // Nothing of it is left; but an exchange of before may be, that could not be ended.
    const end = async () => {
      if (isInOrder && (await journals()).length === 0) await rm(FILE);
    };
    const result = await work().catch(async (error: unknown) => {
      if (error instanceof Refused) await end();
      throw error;
    });
    await end();
    return result;
  });

/** Also where nobody gives another command: a project whose exchange was cut short answers with errors until then. */
export async function putInOrderIfNeeded(settings: Settings, say: (line: string) => void): Promise<void> {
  // While a job runs there is some, too; then there is nothing to do once that has ended.
  if ((await leftUndone()) === undefined) return;
  await withLock(() => {}, async () => {
    const before = await leftUndone();
    if (before === undefined) return;
    await putInOrder(settings, before, say);
    if ((await journals()).length > 0) return;
    // One that was cut short before it made the first has left nothing there.
    if (await hasRepository()) await openRepository({ mayBeLocked: true, say });
    await rm(FILE, { force: true });
  });
}

/** Without Postgres it can not; a list of the backups can be had all the same. */
async function couldPutInOrder(settings: Settings, before: Begun, say: (line: string) => void): Promise<boolean> {
  try {
    await putInOrder(settings, before, say);
    return true;
  } catch (error) {
    say(`What it left could not be put in order: ${inWords(error)}`);
    return false;
  }
}

async function putInOrder(settings: Settings, { what, at }: Begun, say: (line: string) => void): Promise<void> {
  say(`A job did not end well (${what}${at === undefined ? "" : `, begun ${at}`}): putting in order what it left`);
  await rm(join(SCRATCH, "wanted"), { force: true });
  for (const folder of [STAGING, READ_BACK, PROOF]) await rm(folder, { recursive: true, force: true });
  for (const name of await readdir(tmpdir())) if (name.startsWith(LIST_FOLDER)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  await endOurSessions(settings.postgres);
  await resumeRestores(settings, say);
  await dropLeft(settings.postgres);
}

const OUR_SESSIONS = `
  select pg_terminate_backend(pid, 5000) from pg_stat_activity
  where (application_name = $1 and usename = any ($2) or usename = $3) and pid <> pg_backend_pid()`;

/** Postgres goes on with a statement whose client is gone: the copy of a database would come into being after we have looked for it. */
async function endOurSessions(server: Postgres): Promise<void> {
  const { superuser, reader } = server;
  // What runs in a restore calls itself what it likes.
  await shutRestorerOut(server, "postgres");
  await withClient({ server, login: superuser, database: "postgres" }, (client) => client.query(OUR_SESSIONS, [APPLICATION, [superuser.user, reader.user], RESTORER]));
}

/** Half-made databases and files, and the role that makes them; but not those of an exchange that could not be ended yet. */
async function dropLeft(server: Postgres): Promise<void> {
  const kept = (await journals()).map(({ project }) => project);
  const databases = kept.flatMap((project) => [project.restoringDatabase, replacedDatabase(project)]);
  const there = await withClient({ server, login: server.superuser, database: "postgres" }, async (client) => {
    const { rows } = await client.query<{ datname: string }>("select datname from pg_database where starts_with(datname, $1) or starts_with(datname, $2) or datname = $3", [RESTORING, REPLACED, TEMPLATE_COPY]);
    return rows.map(({ datname }) => datname);
  });
  for (const database of there) if (!databases.includes(database)) await dropDatabase(server, database);
  await asSuperuser(server, "postgres", `drop role if exists ${RESTORER}`);
  const folders = kept.flatMap(({ name }) => [restoringFolder(name), replacedFolder(name)]);
  for (const name of await readdir(FILES).catch(() => [])) {
    const folder = join(FILES, name);
    if (/^\.(?:restoring|replaced|saving)-/.test(name) && !folders.includes(folder)) await rm(folder, { recursive: true, force: true });
  }
}
