// Starts the stand-in as the image does: `node …/rest/main.ts`, with nothing but PGRST_ variables.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../lib/freePort.ts";

export const MAIN = fileURLToPath(new URL("../rest/main.ts", import.meta.url));

export interface RestProcess {
  url: string;
  adminUrl: string;
  env: Record<string, string>;
  /** what it has logged so far */
  log(): string;
  /** @returns the exit code */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<number | null>;
  exited: Promise<number | null>;
  pid: number;
}

/** @param env PGRST_ variables without ports @param wait until /ready says 200 */
export async function startRest(env: Record<string, string>, wait = true): Promise<RestProcess> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const all = {
    PGRST_SERVER_HOST: "127.0.0.1", PGRST_SERVER_PORT: String(port), PGRST_ADMIN_SERVER_HOST: "127.0.0.1",
    PGRST_ADMIN_SERVER_PORT: String(adminPort), ...env,
  };
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env["PATH"] ?? "", ...all }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const rest: RestProcess = {
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    env: all,
    log: () => output,
    exited,
    pid: child.pid!,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return exited;
    },
  };
  if (wait) {
    await untilStatus(`${rest.adminUrl}/ready`, 200, 100).catch(async (error: unknown) => {
      await rest.stop("SIGKILL");
      throw new Error(`${(error as Error).message}\n${output}`);
    });
  }
  return rest;
}

/** Asks every 100 ms, `tries` times at most. */
export async function untilStatus(url: string, status: number, tries: number): Promise<void> {
  let last: number | string = "no answer";
  for (let count = 0; count < tries; count += 1) {
    last = await fetch(url).then((response) => response.status, () => "no answer");
    if (last === status) return;
    await sleep(100);
  }
  throw new Error(`${url} answers ${last}, not ${status}`);
}

/** Every character that a URI gives a meaning to. */
const PASSWORD = "p@ss/w:rd?#%&";

/** The roles of one project as the product makes them (facts/tenancy.md §4). */
export const ROLES = `
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role blog_authenticator login noinherit password '${PASSWORD}';
grant anon, authenticated, service_role to blog_authenticator;`;

export const uriOf = (port: number, database = "postgres"): string =>
  `postgres://blog_authenticator:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`;
