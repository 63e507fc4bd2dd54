// One job at a time: they share the staging folder, the scratch server and the repository.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { STATE } from "./places.ts";

const FILE = join(STATE, "lock");

/**
 * Waits until no other job runs. The lock is flock's, which the kernel takes away from who ends, however it ends; a helper holds it for us, and
 * ends when we do.
 */
export async function withLock<T>(sayWaiting: () => void, use: () => Promise<T>): Promise<T> {
  await mkdir(STATE, { recursive: true, mode: 0o700 });
  // `cat` ends when our end of its stdin closes: also when we are killed.
  const holder = spawn("flock", ["--exclusive", "--no-fork", FILE, "sh", "-c", "echo locked; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = setTimeout(sayWaiting, 1000);
  const ended = once(holder, "exit").then(() => Promise.reject(new Error("flock ended before it had the lock")));
  ended.catch(() => {});
  await Promise.race([once(holder.stdout, "data"), ended]);
  clearTimeout(waiting);
  try {
    return await use();
  } finally {
    holder.stdin.end();
    await once(holder, "exit");
  }
}
