// What this server keeps of the repository that its backups are in.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "./files.ts";
import { STATE } from "./places.ts";

export interface KnownRepository {
  id: string;
  /** Proofs in it that could not be read. While there are any, they are tried again. */
  unread?: number;
  /** Of each project, the newest backup that was in it when this server first read it. Without those that were restored here since. */
  found?: Record<string, string | undefined>;
}

const file = join(STATE, "repository.json");

export const isKnown = (): boolean => existsSync(file);
export const readKnown = async (): Promise<Partial<KnownRepository>> => (await readJson<Partial<KnownRepository>>(file)) ?? {};
export const writeKnown = (known: KnownRepository): Promise<void> => writeJson(file, known);

/** What was there before is in use again, or was left on purpose: from now on the newest is meant. */
export async function noteRestored(project: string): Promise<void> {
  const { id, unread, found = {} } = await readKnown();
  if (id === undefined || found[project] === undefined) return;
  await writeKnown({ id, unread, found: { ...found, [project]: undefined } });
}
