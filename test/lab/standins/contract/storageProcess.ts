// Starts the stand-in as the image does: `node …/storage/main.ts`, with nothing but upstream's variables.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import jsonwebtoken from "jsonwebtoken";
import pg from "pg";
import { freePort } from "../../../lib/freePort.ts";
import type { TemporaryPostgres } from "./restPostgres.ts";
import type { StorageTarget } from "./storageClient.ts";

const MAIN = fileURLToPath(new URL("../storage/main.ts", import.meta.url));
const IMAGE_SQL = fileURLToPath(new URL("../../images/postgres/init/40-storage.sql", import.meta.url));
const JWT_SECRET = "a secret of at least thirty-two characters";
/** Every character that a URL gives a meaning to. */
const PASSWORD = "p@ss/w:rd?#%&";

export const TENANT_ID = "blog";
export const BUCKET = "stub";

export type StorageProcess = {
  readonly target: StorageTarget;
  /** FILE_STORAGE_BACKEND_PATH */
  readonly directory: string;
  readonly adminUrl: string;
  readonly log: () => string;
  readonly exited: Promise<number | null>;
  readonly stop: () => Promise<number | null>;
};

/** What the cluster's roles are before any project, as in the image. */
export async function prepareCluster({ sql }: TemporaryPostgres): Promise<void> {
  await sql(`create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls;
    create role supabase_admin superuser; create role supabase_storage_admin; create role dashboard_user;`);
}

/** Runs SQL as superuser in one database. */
type Sql = (text: string, values?: unknown[]) => Promise<unknown>;

/** The storage schema of supabase/postgres' image, then the login role of one project's Storage as the product makes it (facts/tenancy.md §9). */
export async function prepareDatabase({ sql, port }: { sql: Sql; port: number }, project = TENANT_ID, database = "postgres"): Promise<string> {
  await sql(`create schema auth; create table auth.users (id uuid primary key); create schema extensions;
    create extension "uuid-ossp" schema extensions; set role supabase_admin; ${readFileSync(IMAGE_SQL, "utf8")}; reset role`);
  const role = `${project}_storage_admin`;
  await sql(`create role ${role} login noinherit password '${PASSWORD}'; grant anon, authenticated, service_role to ${role};
    reassign owned by supabase_storage_admin to ${role}; alter schema storage owner to ${role};`);
  return urlOf(port, role, database);
}

/** A database of its own in that cluster, prepared for one project. @returns its URL for Storage */
export async function newDatabase({ sql, port }: TemporaryPostgres, project: string): Promise<string> {
  await sql(`create database ${project}`);
  const [row] = await sql("show unix_socket_directories");
  const client = new pg.Client({ host: String(row!.unix_socket_directories), port, user: "postgres", database: project });
  await client.connect();
  try {
    return await prepareDatabase({ sql: (text) => client.query(text), port }, project, project);
  } finally {
    await client.end();
  }
}

/** The plane's own database: a role that owns it and nothing more (facts/tenancy.md §2.1). @returns DATABASE_MULTITENANT_URL */
export async function newMultitenantDatabase({ sql, port }: TemporaryPostgres): Promise<string> {
  await sql(`create role storage_plane login password '${PASSWORD}'`);
  await sql("create database storage_plane owner storage_plane");
  return urlOf(port, "storage_plane", "storage_plane");
}

export const urlOf = (port: number, role: string, database: string): string =>
  `postgres://${role}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`;

export const signKey = (role: string, secret = JWT_SECRET, claims: object = {}): string =>
  jsonwebtoken.sign({ role, iss: "supabase", ...claims }, secret, { expiresIn: "1h" });

/** Upstream's compose file, as far as the stand-in reads it. */
const contractVariables = {
  SERVER_HOST: "127.0.0.1",
  AUTH_JWT_SECRET: JWT_SECRET,
  STORAGE_BACKEND: "file",
  GLOBAL_S3_BUCKET: BUCKET,
  TENANT_ID,
  FILE_SIZE_LIMIT: "52428800",
  REQUEST_ALLOW_X_FORWARDED_PATH: "true",
  REGION: "stub",
  POSTGREST_URL: "http://rest:3000",
} as const;

type Variables = Record<string, string | undefined>;

/** @param variables upstream's, without ports and directory; undefined leaves one out */
export async function spawnStorage(variables: Variables): Promise<StorageProcess> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const directory = variables.FILE_STORAGE_BACKEND_PATH ?? mkdtempSync(join(tmpdir(), "lab-storage-"));
  const all = { ...contractVariables, SERVER_PORT: String(port), SERVER_ADMIN_PORT: String(adminPort), FILE_STORAGE_BACKEND_PATH: directory, ...variables };
  const env = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  // "close": only then is all of the output here.
  const exited = once(child, "close").then(([code]) => code as number | null);
  const secret = env.AUTH_JWT_SECRET ?? JWT_SECRET;
  return {
    target: { baseUrl: `http://127.0.0.1:${port}`, headers: {}, jwtSecret: secret, serviceKey: signKey("service_role", secret), anonKey: signKey("anon", secret) },
    directory,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    log: () => output,
    exited,
    stop: async () => {
      child.kill("SIGTERM");
      const code = await exited;
      if (variables.FILE_STORAGE_BACKEND_PATH === undefined) rmSync(directory, { recursive: true, force: true });
      return code;
    },
  };
}

/** As `spawnStorage`, and waits until it answers. */
export async function startStorage(variables: Variables): Promise<StorageProcess> {
  const storage = await spawnStorage(variables);
  let ended = false;
  void storage.exited.then(() => (ended = true));
  const urls = [storage.target.baseUrl, ...(variables.MULTI_TENANT === "true" ? [storage.adminUrl] : [])];
  for (let tries = 0; tries < 300 && !ended; tries += 1) {
    const statuses = await Promise.all(urls.map((url) => fetch(`${url}/status`).then((answer) => answer.status, () => 0)));
    if (statuses.every((status) => status === 200)) return storage;
    await sleep(100);
  }
  await storage.stop();
  throw new Error(`Storage did not get ready\n${storage.log()}`);
}
