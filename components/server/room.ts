import { existsSync, statfsSync } from "node:fs";

/** An update writes the state after each step, some dozens of times, and keeps a copy of each: a few hundred KB for a few projects. */
const STATE_BYTES = 100e6;

export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** In words, where the state's folder has too little room for an update; undefined where it has enough. */
export function scarceRoom(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const free = freeBytes(folder);
  if (free >= STATE_BYTES) return undefined;
  return `The disk with Pulumi's state (${folder}) has ${Math.floor(free / 1e6)} MB left, and an update may need ${STATE_BYTES / 1e6} MB.`;
}
