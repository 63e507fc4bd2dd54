import type { Attempts } from "./due.ts";
import { readJson, writeJson } from "./files.ts";
import { ATTEMPTS } from "./places.ts";

export const readAttempts = async (): Promise<Attempts> => (await readJson<Attempts>(ATTEMPTS)) ?? {};

/** To be called with the lock `files`. */
export async function changeAttempts(change: (attempts: Attempts) => Attempts): Promise<void> {
  const attempts = await readAttempts();
  const changed = change(attempts);
  if (JSON.stringify(changed) !== JSON.stringify(attempts)) await writeJson(ATTEMPTS, changed);
}

/** Pure. */
export const withoutNames = (attempts: Attempts, isOut: (name: string) => boolean): Attempts => Object.fromEntries(Object.entries(attempts).filter(([name]) => !isOut(name)));
