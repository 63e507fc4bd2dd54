import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { STATE } from "./places.ts";

/**
 * `files`: held while files change, for moments. `order`: held while a CA is asked, for minutes; who has it may ask for `files`, and not the other
 * way round.
 */
export type Lock = "files" | "order";

/** Waits until nobody else has it. flock's, which the kernel takes away from who ends, however it ends; a helper holds it for us, and ends when we do. */
export async function withLock<T>(lock: Lock, use: () => Promise<T>): Promise<T> {
  await mkdir(STATE, { recursive: true, mode: 0o700 });
  // `cat` ends when our end of its stdin closes: also when we are killed.
  const holder = spawn("flock", ["--exclusive", "--no-fork", join(STATE, `${lock}.lock`), "sh", "-c", "echo locked; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(holder, "exit").then(() => Promise.reject(new Error("flock ended before it had the lock")));
  ended.catch(() => {});
  await Promise.race([once(holder.stdout, "data"), ended]);
  try {
    return await use();
  } finally {
    holder.stdin.end();
    await once(holder, "exit");
  }
}
