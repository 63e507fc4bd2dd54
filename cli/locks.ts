/** Locks of Pulumi's file backend: a killed update leaves its own behind (facts/ops.md §6). */

export interface Lock {
  file: string;
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/** A lock file as the backend writes it; undefined where it is not one, or only half. */
export function parseLock(file: string, text: string): Lock | undefined {
  try {
    const lock = JSON.parse(text);
    return Number.isInteger(lock.pid) && typeof lock.hostname === "string" ? { ...lock, file } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether nobody holds it any more: it is of this computer, and its process is gone. Of another computer we can not know. */
export const isAbandoned = (lock: Lock, host: string, isAlive: (pid: number) => boolean): boolean => lock.hostname === host && !isAlive(lock.pid);

export const renderHeldLock = (lock: Lock, stack: string): string =>
  `Another update of the stack "${stack}" is under way: process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}.
Wait for it to end. If you know that it is dead: source .indie/env && pulumi cancel --stack ${stack}, then run this again.`;
