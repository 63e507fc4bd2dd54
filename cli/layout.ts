import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

type Env = Record<string, string | undefined>;

/** The clone that this file is in. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What set-up puts into the clone (git ignores it): tools, the lab's programs, the env file. */
export const toolsDir = join(root, ".indie", "tools");
export const envFile = join(root, ".indie", "env");
export const logDir = join(root, ".indie", "log");

/** An XDG folder of ours. The specification says that a relative path in the variable is to be ignored. */
function xdg(value: string | undefined, home: string, ...fallback: string[]): string {
  return join(value?.startsWith("/") ? value : join(home, ...fallback), "indie-ventures");
}

/** State and passphrase of the quick start: outside the clone, so that removing the clone loses nothing (DESIGN §11). */
export function stateDir(env: Env): string {
  return xdg(env.XDG_STATE_HOME, env.HOME ?? homedir(), ".local", "state");
}

/** What can be made again: what the lab builds, and Node's compile cache. */
export function cacheDir(env: Env): string {
  return xdg(env.XDG_CACHE_HOME, env.HOME ?? homedir(), ".cache");
}
