// One job after the other, each with what one that was cut short left in order first: by a kill, a power cut, a Postgres that went away.
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRepository } from "./catalog.ts";
import { readJson, writeJson } from "./files.ts";
import { journals } from "./journal.ts";
import { withLock } from "./lock.ts";
import { FILES, PROOF, READ_BACK, replacedFolder, restoringFolder, SCRATCH, STAGING, STATE } from "./places.ts";
import { APPLICATION, type Postgres, quoteIdentifier, withClient } from "./postgres.ts";
import { RESTORER } from "./restorer.ts";
import { dropDatabase, replacedDatabase, resumeRestores } from "./restore.ts";
import type { Settings } from "./settings.ts";
import { TEMPLATE_COPY } from "./template.ts";

interface Begun {
  /** `backup blog`. */
  what: string;
  /** ISO 8601. */
  at: string;
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
}

/** There from the beginning of a job until it has ended well. */
const FILE = join(STATE, "job.json");

/** Runs a job that has Postgres' scratch names, the folders and the repository to itself. */
export const runJob = <T>({ settings, what, say, sayWaiting, isNewRepository = false }: JobArgs, work: () => Promise<T>): Promise<T> =>
  withLock(sayWaiting, async () => {
    const before = await readJson<Begun>(FILE);
    if (before !== undefined) await putInOrder(settings, before, say);
    await writeJson(FILE, { what, at: new Date().toISOString() } satisfies Begun);
    await openRepository({ isNew: isNewRepository, mayBeLocked: before !== undefined, say });
    const result = await work();
    if ((await journals()).length === 0) await rm(FILE);
    return result;
  });

/** Also where nobody gives another command: a project whose exchange was cut short answers with errors until then. */
export async function putInOrderIfNeeded(settings: Settings, say: (line: string) => void): Promise<void> {
  // While a job runs it is there too; then there is nothing to do once that has ended.
  if (!existsSync(FILE)) return;
  await withLock(() => {}, async () => {
    const before = await readJson<Begun>(FILE);
    if (before === undefined) return;
    await putInOrder(settings, before, say);
    if ((await journals()).length > 0) return;
    await openRepository({ mayBeLocked: true, say });
    await rm(FILE);
  });
}

async function putInOrder(settings: Settings, { what, at }: Begun, say: (line: string) => void): Promise<void> {
  say(`A job was cut short (${what}, begun ${at}): putting in order what it left`);
  await rm(join(SCRATCH, "wanted"), { force: true });
  for (const folder of [STAGING, READ_BACK, PROOF]) await rm(folder, { recursive: true, force: true });
  for (const name of await readdir(tmpdir())) if (/^restore-\d+\.list$/.test(name)) await rm(join(tmpdir(), name), { force: true });
  await endOurSessions(settings.postgres);
  await resumeRestores(settings, say);
  await dropLeft(settings.postgres);
}

/** Postgres goes on with a statement whose client is gone: the copy of a database would come into being after we have looked for it. */
async function endOurSessions({ superuser, reader, ...server }: Postgres): Promise<void> {
  await withClient({ server: { superuser, reader, ...server }, login: superuser, database: "postgres" }, (client) =>
    client.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1 and usename = any ($2) and pid <> pg_backend_pid()", [
      APPLICATION,
      [superuser.user, reader.user, RESTORER],
    ]),
  );
}

/** Half-made databases and files, and the role that makes them; but not those of an exchange that could not be ended yet. */
async function dropLeft(server: Postgres): Promise<void> {
  const kept = (await journals()).map(({ project }) => project);
  const databases = kept.flatMap((project) => [project.restoringDatabase, replacedDatabase(project)]);
  const there = await withClient({ server, login: server.superuser, database: "postgres" }, async (client) => {
    const { rows } = await client.query<{ datname: string }>("select datname from pg_database where datname like 'supabase\\_restore\\_%' or datname = $1", [TEMPLATE_COPY]);
    return rows.map(({ datname }) => datname);
  });
  for (const database of there) if (!databases.includes(database)) await dropDatabase(server, database);
  await withClient({ server, login: server.superuser, database: "postgres" }, (client) => client.query(`drop role if exists ${quoteIdentifier(RESTORER)}`));
  const folders = kept.flatMap(({ name }) => [restoringFolder(name), replacedFolder(name)]);
  for (const name of await readdir(FILES).catch(() => [])) {
    const folder = join(FILES, name);
    if (/^\.(?:restoring|replaced)-/.test(name) && !folders.includes(folder)) await rm(folder, { recursive: true, force: true });
  }
}
