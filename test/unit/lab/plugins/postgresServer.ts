// A real Postgres of its own for one test file: free port, temporary folder, never as root.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import pg from "pg";
import { freePort } from "../../../lib/freePort.ts";

const nobody = 65534; // Postgres refuses to run as root.

export interface TestPostgres {
  port: number;
  password: string;
  /** Runs SQL as superuser. */
  query(sql: string, values?: unknown[], database?: string): Promise<any[]>;
  stop(): Promise<void>;
}

async function binaries(): Promise<string> {
  const root = "/usr/lib/postgresql";
  const versions = (await readdir(root).catch(() => [])).sort((a, b) => Number(a) - Number(b));
  const newest = versions.at(-1);
  if (newest === undefined) throw new Error(`no Postgres server under ${root}: apt-get install postgresql`);
  return join(root, newest, "bin");
}

export async function startPostgres(): Promise<TestPostgres> {
  const [bin, port, folder] = await Promise.all([binaries(), freePort(), mkdtemp(join(tmpdir(), "lab-postgres-"))]);
  const password = "pg\"'pass";
  const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  if ("uid" in identity) await chown(folder, nobody, nobody);
  await writeFile(join(folder, "password"), password, { mode: 0o644 });
  const data = join(folder, "data");
  const auth = ["-U", "postgres", `--pwfile=${join(folder, "password")}`, "-A", "scram-sha-256", "--no-sync"];
  await execa(join(bin, "initdb"), ["-D", data, "-E", "UTF8", "--locale=C.UTF-8", ...auth], { cwd: folder, ...identity });
  const options = { listen_addresses: "127.0.0.1", unix_socket_directories: folder, fsync: "off" };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), ...flags], { cwd: folder, stdio: "ignore", ...identity });

  const query = async (sql: string, values: unknown[] = [], database = "postgres") => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password, database });
    await client.connect();
    try {
      return (await client.query(sql, values.length > 0 ? values : undefined)).rows;
    } finally {
      await client.end();
    }
  };
  const deadline = Date.now() + 60_000;
  while (!(await query("SELECT 1").then(() => true, () => false))) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error("Postgres did not start");
    await sleep(200);
  }
  return {
    ...{ port, password, query },
    async stop() {
      server.kill("SIGINT");
      if (server.exitCode === null) await once(server, "exit");
      await rm(folder, { recursive: true });
    },
  };
}
