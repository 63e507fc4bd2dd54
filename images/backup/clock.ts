// Whether the server's clock is believed where something is deleted by it. One that is ahead for a moment would end every wait at once.
import { readFile } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { readJson, writeJson } from "./files.ts";
import { STATE } from "./places.ts";

/** Milliseconds. */
export const HOUR = 60 * 60 * 1000;
export const DAY = 24 * HOUR;

/** What the clock said when it was last looked at, which is each half minute. */
export interface Look {
  /** ISO 8601. */
  at: string;
  /** Which start of the server that was, and the seconds since: by a clock that nobody sets (proc(5), `boot_id`; Node's `uptime` is CLOCK_BOOTTIME's). */
  boot: string;
  uptime: number;
  /** When it jumped last, ISO 8601. Undefined: it goes on as it did for a day and longer. */
  jumped?: string;
}

const file = join(STATE, "clock.json");

/** A stored time that counts as none: then the clock was ahead, or it is behind now. Pure. */
export const isYetToCome = (time: string, now: Date): boolean => Date.parse(time) > now.getTime() + DAY;

/**
 * It jumped, where it did not go on by what the server ran since. Of a server that was off nobody knows for how long: more than an hour of that is a
 * jump too. Whoever set it wrong has a day to set it right. Pure.
 */
export function lookAgain(last: Look | undefined, now: Omit<Look, "jumped">): Look {
  if (last === undefined) return now;
  const isSameStart = now.boot === last.boot && now.uptime >= last.uptime;
  const ran = (isSameStart ? now.uptime - last.uptime : now.uptime) * 1000;
  const passed = Date.parse(now.at) - Date.parse(last.at);
  if (Math.abs(passed - ran) > HOUR) return { ...now, jumped: now.at };
  const isBelieved = last.jumped === undefined || Date.parse(now.at) - Date.parse(last.jumped) >= DAY;
  return isBelieved ? now : { ...now, jumped: last.jumped };
}

/** Looks at the clock, and says it where it jumped. @returns whether nothing is to be deleted by it now */
export async function isClockDoubted(say: (line: string) => void, now = new Date()): Promise<boolean> {
  const last = await readJson<Look>(file);
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const found = lookAgain(last, { at: now.toISOString(), boot: boot.trim(), uptime: uptime() });
  await writeJson(file, found);
  if (found.jumped === undefined) return false;
  const until = new Date(Date.parse(found.jumped) + DAY).toISOString();
  if (found.jumped === found.at) say(`the server was off, or its clock was set: it said ${last?.at}, and says ${found.at}. Nothing is purged by itself before ${until}, nor is a backup deleted for its age`);
  return true;
}
