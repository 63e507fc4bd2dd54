// Whether the server has room for a backup and its proof. One that runs full takes every project down: said before, with what there is.
import { readFile } from "node:fs/promises";
import { freeBytes } from "./files.ts";
import { STATE } from "./places.ts";
import { withClient } from "./postgres.ts";
import type { BackupProject } from "./project.ts";
import type { Settings } from "./settings.ts";
import { Stop } from "./stop.ts";

/** MB of memory that must be free: what the two containers may take at work (spec/capacity.ts: their limits), but for what they have anyway. */
export const MEMORY = 500;
/** Times the database: the dump, the dump read back, and a database made of it, which is smaller than it was. */
const DISK_FACTOR = 3;

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

/** MB that the whole server has free, or could free at once (proc_meminfo(5), MemAvailable). */
export const availableMemory = (meminfo: string): number => Math.floor((Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? Infinity) * 1024) / 1e6);

/** @throws Stop that says what is short */
export async function requireRoom({ postgres }: Settings, { name, database }: BackupProject): Promise<void> {
  const size = await withClient({ server: postgres, login: postgres.superuser, database: "postgres" }, async (client) =>
    Number((await client.query<{ size: string }>("select pg_database_size($1)::text as size", [database])).rows[0]!.size),
  );
  await requireRoomFor(name, size, "a backup with its proof");
}

/** @param size bytes of the database */
export async function requireRoomFor(name: string, size: number, what: string): Promise<void> {
  const memory = availableMemory(await readFile("/proc/meminfo", "utf8"));
  if (memory < MEMORY) throw new Stop(`${name}: the server has ${memory} MB of memory free, and ${what} may need ${MEMORY} MB.`);
  const free = await freeBytes(STATE);
  if (free < size * DISK_FACTOR) throw new Stop(`${name}: the disk has ${megabytes(free)} MB left, and ${what} may need ${megabytes(size * DISK_FACTOR)} MB. Make room.`);
}
