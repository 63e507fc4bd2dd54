// A Postgres of its own for one test file: a new cluster in a temporary directory, on a free port, stopped and removed afterwards.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../../../lib/freePort.ts";

export interface TemporaryPostgres {
  port: number;
  /** runs SQL as superuser; rows as text and numbers as `pg` gives them */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
  /** stops the server at once and starts it again on the same port */
  restart(pauseMs: number): Promise<void>;
}

function binaries(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
  if (found === undefined) throw new Error("no Postgres binaries under /usr/lib/postgresql: install the package postgresql");
  return found;
}

/** Postgres refuses to run as root. */
function postgresUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }).trim());
  return { uid: id("-u"), gid: id("-g") };
}

export async function startPostgres(): Promise<TemporaryPostgres> {
  const bin = binaries();
  const user = postgresUser();
  const directory = mkdtempSync(join(tmpdir(), "lab-rest-pg-"));
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid!);
  const data = join(directory, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8", "--no-sync"], {
    ...user, stdio: "ignore", cwd: directory,
  });
  const port = await freePort();
  const start = (): ReturnType<typeof spawn> =>
    spawn(join(bin, "postgres"), [
      "-D", data, "-p", String(port), "-k", directory, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_min_messages=fatal",
    ], { ...user, stdio: "ignore", cwd: directory });
  let server = start();
  let pool = connect(directory, port);
  await untilReady(pool);

  const end = async (signal: "SIGINT" | "SIGQUIT"): Promise<void> => {
    await pool.end();
    const exited = once(server, "exit");
    server.kill(signal);
    await exited;
  };
  return {
    port,
    sql: async (text, values) => {
      const result: unknown = await pool.query(text, values);
      const last = (Array.isArray(result) ? result.at(-1) : result) as { rows?: Record<string, unknown>[] };
      return last.rows ?? [];
    },
    stop: async () => {
      await end("SIGINT");
      rmSync(directory, { recursive: true, force: true });
    },
    restart: async (pauseMs) => {
      await end("SIGQUIT");
      await sleep(pauseMs);
      server = start();
      pool = connect(directory, port);
      await untilReady(pool);
    },
  };
}

function connect(directory: string, port: number): InstanceType<typeof pg.Pool> {
  const pool = new pg.Pool({ host: directory, port, user: "postgres", database: "postgres", max: 2 });
  pool.on("error", () => {});
  return pool;
}

async function untilReady(pool: InstanceType<typeof pg.Pool>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      await pool.query("select 1");
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error("the temporary Postgres did not get ready in 10 s");
}
