// Starts the stand-in as the image does: `node …/realtime/main.ts <command>`, with nothing but upstream's variables.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import jsonwebtoken from "jsonwebtoken";
import { freePort } from "../../../lib/freePort.ts";
import type { RealtimeTarget, TenantFixture } from "./realtimeClient.ts";
import { handOver, type LabPostgres, type Login, makeProject } from "./realtimePostgres.ts";

const MAIN = fileURLToPath(new URL("../realtime/main.ts", import.meta.url));
export const API_JWT_SECRET = "an API secret of at least thirty-two characters";

/** What the suites expect, without the database. */
export const contractVariables = {
  DB_ENC_KEY: "supabaserealtime",
  DB_AFTER_CONNECT_QUERY: "SET search_path TO _realtime",
  API_JWT_SECRET,
  METRICS_JWT_SECRET: "a metrics secret of at least thirty-two characters",
  SECRET_KEY_BASE: "a".repeat(64),
  APP_NAME: "realtime",
  SLOT_NAME_SUFFIX: "lab",
  CLIENT_PRESENCE_MAX_CALLS: "50",
  CONNECT_ERROR_BACKOFF_MS: "0",
  CHANNEL_ERROR_BACKOFF_MS: "0",
} as const;

export const databaseVariables = ({ host, port, database, user, password }: Login) => ({
  DB_HOST: host, DB_PORT: String(port), DB_NAME: database, DB_USER: user, DB_PASSWORD: password,
});

type Variables = Record<string, string | undefined>;
export type RealtimeProcess = {
  readonly url: string;
  readonly log: () => string;
  readonly exited: Promise<number | null>;
  readonly stop: (signal?: "SIGTERM" | "SIGKILL") => Promise<number | null>;
};

/** @param command main.ts's arguments @param variables undefined leaves one out */
export function spawnRealtime(command: string[], port: number, variables: Variables): RealtimeProcess {
  const set = Object.entries({ ...contractVariables, PORT: String(port), ...variables });
  const env = Object.fromEntries(set.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const child = spawn(process.execPath, [MAIN, ...command], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, "close").then(([code]) => code as number | null);
  return {
    url: `http://127.0.0.1:${port}`,
    log: () => output,
    exited,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return exited;
    },
  };
}

/** @throws with its log when it fails */
export async function runRealtime(command: string[], variables: Variables): Promise<string> {
  const realtime = spawnRealtime(command, 0, variables);
  const code = await realtime.exited;
  if (code !== 0) throw new Error(`main.ts ${command.join(" ")} ended with ${code}\n${realtime.log()}`);
  return realtime.log();
}

/** As the image's entrypoint: migrate, then serve; waits until it answers. */
export async function startRealtime(variables: Variables): Promise<RealtimeProcess> {
  await runRealtime(["migrate"], variables);
  const realtime = spawnRealtime(["server"], await freePort(), variables);
  let ended = false;
  void realtime.exited.then(() => (ended = true));
  for (let tries = 0; tries < 300 && !ended; tries += 1) {
    const status = await fetch(`${realtime.url}/healthcheck`).then((response) => response.status, () => 0);
    if (status === 200) return realtime;
    await sleep(100);
  }
  await realtime.stop("SIGKILL");
  throw new Error(`Realtime did not get ready\n${realtime.log()}`);
}

/** Realtime's metadata database, which belongs to a role of its own that is no superuser. */
export async function makeMetadata({ sql, admin }: LabPostgres, name = "_realtime_metadata"): Promise<Login> {
  const password = randomBytes(12).toString("hex");
  await sql("postgres", `create role ${name} login password '${password}'`);
  await sql("postgres", `create database ${name} owner ${name}`);
  await sql(name, `create schema _realtime authorization ${name}`);
  return { ...admin(name), user: name, password };
}

/** Schema `realtime` of a project by the one-shot that upstream's image offers: run.sh with SEED_SELF_HOST, as a superuser. */
export async function prepareDatabase(postgres: LabPostgres, name: string): Promise<void> {
  const variables = databaseVariables(postgres.admin(name));
  await postgres.sql(name, "create schema _realtime");
  await runRealtime(["migrate"], variables);
  const log = await runRealtime(["eval", "Realtime.Release.seeds(Realtime.Repo)"], variables);
  if (!log.includes("Tenant set-up successfully")) throw new Error(log);
  // Its tenant names the superuser.
  await postgres.sql(name, "drop schema _realtime cascade");
  await handOver(postgres, name);
}

export async function makeTenant(postgres: LabPostgres, name: string): Promise<TenantFixture> {
  const login = await makeProject(postgres, name);
  await prepareDatabase(postgres, name);
  return { externalId: name, jwtSecret: `the secret of project ${name}, 32 characters`, login, sql: (text, values) => postgres.sql(name, text, values) };
}

export const targetOf = (realtime: RealtimeProcess, tenants: readonly [TenantFixture, TenantFixture]): RealtimeTarget => ({
  baseUrl: realtime.url,
  apiToken: jsonwebtoken.sign({ iss: "lab" }, API_JWT_SECRET, { expiresIn: "1h" }),
  tenants,
});
