// Whether there is room for a job, on each disk that it writes to. One that runs full takes every project down: said before, with what there is.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { freeBytes } from "./files.ts";
import { PathSet } from "./pathSet.ts";
import { FILES, filesFolder, SCRATCH, STATE } from "./places.ts";
import { type Postgres, withClient } from "./postgres.ts";
import * as restic from "./restic.ts";
import { Hindered } from "./stop.ts";
import { bytesBelow } from "./tree.ts";

/** MB of memory that must be free: what the two containers may take at work (spec/capacity.ts: their limits), but for what they have anyway. */
export const MEMORY = 500;
/** Times a dump: a database made of it, with its indexes, and what Postgres writes ahead meanwhile. */
const RESTORED_FACTOR = 2;

/** What will be written to a disk. */
export interface Need {
  /** For people: whose disk it is. */
  of: string;
  /** Which disk it is: places may share one. */
  disk: string;
  /** Bytes that it has left. */
  free: number;
  /** Bytes that are wanted of it. */
  wanted: number;
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

/** MB that the whole server has free, or could free at once (proc_meminfo(5), MemAvailable). */
export const availableMemory = (meminfo: string): number => Math.floor((Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? Infinity) * 1024) / 1e6);

/** What is short, told for people. Undefined: there is room for all of it. Pure. */
export function shortOfRoom(needs: readonly Need[]): string | undefined {
  for (const { disk, free } of needs) {
    const here = needs.filter((need) => need.disk === disk);
    const wanted = here.reduce((sum, need) => sum + need.wanted, 0);
    if (free < wanted) return `the disk of ${here.map(({ of }) => of).join(", ")} has ${megabytes(free)} MB left, and this may need ${megabytes(wanted)} MB. Make room, then run the same command again`;
  }
  return undefined;
}

const needOf = async (of: string, folder: string, wanted: number): Promise<Need> => ({ of, disk: String((await stat(folder)).dev), free: await freeBytes(folder), wanted });

async function requireRoom(name: string, needs: readonly Need[]): Promise<void> {
  const memory = availableMemory(await readFile("/proc/meminfo", "utf8"));
  if (memory < MEMORY) throw new Hindered(`${name}: the server has ${memory} MB of memory free, and a backup or its proof may need ${MEMORY} MB.`);
  const short = shortOfRoom(needs);
  if (short !== undefined) throw new Hindered(`${name}: ${short}`);
}

const work = (wanted: number) => needOf("the backups' work (volume backup-state)", STATE, wanted);
/** Its data is in a volume beside that of its socket, which is the one that we have. */
const scratch = (wanted: number) => needOf("the scratch Postgres (volume scratch-data)", SCRATCH, wanted);
const repository = async (wanted: number) => {
  const folder = restic.localFolder();
  return folder === undefined ? [] : [await needOf("the repository", folder, wanted)];
};

/**
 * Of the dump, of what of it and of the stored files the repository does not have yet, and of the database made of it: each as large as the database at
 * most, and the new files. @throws Hindered
 */
export async function requireRoomToBackUp(server: Postgres, name: string, database: string): Promise<void> {
  const size = await databaseSize(server, database);
  const files = restic.localFolder() === undefined ? 0 : await unsavedBytes(name);
  await requireRoom(name, [await work(size), ...(await repository(size + files)), await scratch(size)]);
}

/** Bytes of stored files that are not in the project's last snapshot. By their names: Storage gives each version of an object a file of its own. */
async function unsavedBytes(project: string): Promise<number> {
  const folder = filesFolder(project);
  const last = (await restic.snapshots({ project, part: "set" })).at(-1)?.id;
  // One that is damaged says nothing of what there is: then it may be all.
  const saved = last === undefined ? undefined : await PathSet.of(restic.list(last, folder, "--no-lock")).catch(() => undefined);
  return bytesBelow(folder, (path) => saved?.has(join(folder, path)) !== true);
}

/** Of what is read back, and of the database made of it. @throws Hindered */
export async function requireRoomToProve(server: Postgres, name: string, dumpBytes: number): Promise<void> {
  await requireRoom(name, [await work(dumpBytes), await scratch(await restoredSize(server, dumpBytes))]);
}

export interface RestoreSize {
  dumpBytes: number;
  fileBytes: number;
  /** It goes through the scratch Postgres first, and is dumped there anew (renamed.ts). */
  isAnother: boolean;
}

/** Of what is read back, of a second database beside the one in use, and of the files. @throws Hindered */
export async function requireRoomToRestore(server: Postgres, name: string, { dumpBytes, fileBytes, isAnother }: RestoreSize): Promise<void> {
  const restored = await restoredSize(server, dumpBytes);
  const needs = [await postgres(server, restored), await needOf("the stored files (volume files)", FILES, fileBytes), await work(isAnother ? 2 * dumpBytes : dumpBytes)];
  await requireRoom(name, isAnother ? [...needs, await scratch(restored)] : needs);
}

/** Of what is read back, of the database made of it, and of that one's dump with upstream's names. @throws Hindered */
export async function requireRoomToExport(server: Postgres, name: string, dumpBytes: number): Promise<void> {
  await requireRoom(name, [await work(2 * dumpBytes), await scratch(await restoredSize(server, dumpBytes))]);
}

const databaseSize = (server: Postgres, database: string): Promise<number> =>
  withClient({ server, login: server.superuser, database: "postgres" }, async (client) =>
    Number((await client.query<{ size: string }>("select pg_database_size($1)::text as size", [database])).rows[0]!.size),
  );

/** Of a database that is made of a dump. */
const restoredSize = async (server: Postgres, dumpBytes: number): Promise<number> => (await databaseSize(server, "supabase_template")) + RESTORED_FACTOR * dumpBytes;

/**
 * Postgres' data is in a volume that we do not have, and no function of its tells how full that is: its server's `stat` does. A backend runs in
 * the data directory (postgres src/backend/utils/init/postinit.c, ChangeToDataDir).
 */
async function postgres(server: Postgres, wanted: number): Promise<Need> {
  const [device, blocks, size] = await withClient({ server, login: server.superuser, database: "postgres" }, async (client) => {
    await client.query("create temporary table disk (line text)");
    await client.query("copy disk from program 'stat -c %d . && stat -f -c %a . && stat -f -c %S .'");
    return (await client.query<{ line: string }>("select line from disk")).rows.map(({ line }) => line);
  });
  return { of: "Postgres (volume postgres-data)", disk: device!, free: Number(blocks) * Number(size), wanted };
}
