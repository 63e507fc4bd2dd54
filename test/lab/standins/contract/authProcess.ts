// Starts the stand-in as the image does: `node …/auth/main.ts`, with nothing but upstream's variables.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import jsonwebtoken from "jsonwebtoken";
import type { AuthTarget } from "./authClient.ts";
import { freePort } from "../../../lib/freePort.ts";
import type { TemporaryPostgres } from "./restPostgres.ts";

const MAIN = fileURLToPath(new URL("../auth/main.ts", import.meta.url));
const JWT_SECRET = "a secret of at least thirty-two characters";

/** What the suites expect (see AuthTarget), without the database. */
export const contractVariables = {
  GOTRUE_API_HOST: "127.0.0.1",
  API_EXTERNAL_URL: "http://localhost:9999",
  GOTRUE_DB_DRIVER: "postgres",
  GOTRUE_SITE_URL: "http://localhost:3000",
  GOTRUE_URI_ALLOW_LIST: "https://app.example.com/**",
  GOTRUE_JWT_SECRET: JWT_SECRET,
  GOTRUE_JWT_EXP: "3600",
  GOTRUE_JWT_AUD: "authenticated",
  GOTRUE_JWT_ADMIN_ROLES: "service_role",
  GOTRUE_JWT_DEFAULT_GROUP_NAME: "authenticated",
  GOTRUE_JWT_ISSUER: "http://localhost:9999",
  GOTRUE_EXTERNAL_EMAIL_ENABLED: "true",
  GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: "true",
  GOTRUE_MAILER_AUTOCONFIRM: "true",
} as const;

export type AuthProcess = {
  readonly target: AuthTarget;
  /** what it has logged so far */
  readonly log: () => string;
  /** the exit code */
  readonly exited: Promise<number | null>;
  readonly stop: () => Promise<number | null>;
};

/** Every character that a URL gives a meaning to. */
const PASSWORD = "p@ss/w:rd?#%&";

/** The login role of one project's Auth as the product makes it (facts/tenancy.md §3): no superuser, owner of schema auth. */
export async function prepareDatabase({ sql, port }: TemporaryPostgres): Promise<string> {
  await sql(`create role blog_auth_admin login noinherit password '${PASSWORD}'`);
  await sql("create schema auth authorization blog_auth_admin");
  return `postgres://blog_auth_admin:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres?search_path=auth`;
}

/** @param variables upstream's, without the port; undefined leaves one out */
export async function spawnAuth(variables: Record<string, string | undefined>): Promise<AuthProcess> {
  const port = await freePort();
  const set = Object.entries({ ...contractVariables, GOTRUE_API_PORT: String(port), ...variables });
  const env = Object.fromEntries(set.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  // "close": only then is all of the output here.
  const exited = once(child, "close").then(([code]) => code as number | null);
  const key = (role: string) => jsonwebtoken.sign({ role, iss: "supabase" }, JWT_SECRET, { expiresIn: "1h" });
  return {
    target: { baseUrl: `http://127.0.0.1:${port}`, jwtSecret: JWT_SECRET, serviceRoleKey: key("service_role"), anonKey: key("anon") },
    log: () => output,
    exited,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** As `spawnAuth`, and waits until it answers. */
export async function startAuth(variables: Record<string, string | undefined>): Promise<AuthProcess> {
  const auth = await spawnAuth(variables);
  let ended = false;
  void auth.exited.then(() => (ended = true));
  for (let tries = 0; tries < 300 && !ended; tries += 1) {
    const status = await fetch(`${auth.target.baseUrl}/health`).then((response) => response.status, () => 0);
    if (status === 200) return auth;
    await sleep(100);
  }
  await auth.stop();
  throw new Error(`Auth did not get ready\n${auth.log()}`);
}
