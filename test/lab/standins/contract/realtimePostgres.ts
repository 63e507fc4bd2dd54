// The lab's own Postgres in a container: a project's database needs the image's roles and wal2json.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import pg from "pg";
import { parse } from "yaml";
import { buildImages } from "../../images/build.ts";

const ADMIN = "supabase_admin";
/** Set up by the image; in `postgres` pg_cron's launcher sits, so that one can be no template. */
const TEMPLATE = "supabase_template";

export type Login = { host: string; port: number; database: string; user: string; password: string };
export type LabPostgres = {
  admin(database: string): Login;
  /** SQL as superuser. */
  sql(database: string, text: string, values?: unknown[]): Promise<any[]>;
  stop(): Promise<void>;
};

export async function startLabPostgres(): Promise<LabPostgres> {
  const { imagesFile } = await buildImages(() => {});
  const { postgres: image } = parse(await readFile(imagesFile, "utf8")) as { postgres: string };
  const password = randomBytes(12).toString("hex");
  const name = `lab-realtime-test-${randomBytes(4).toString("hex")}`;
  const environment = { POSTGRES_PASSWORD: password, POSTGRES_DB: TEMPLATE };
  // The values come from the client's own environment: they are in no command line.
  const variables = Object.keys(environment).flatMap((key) => ["--env", key]);
  await execa("docker", ["run", "--detach", "--rm", "--name", name, "--publish", "127.0.0.1::5432", ...variables, image], { env: environment });
  const stop = async () => void (await execa("docker", ["rm", "--force", "--volumes", name]));
  try {
    const { stdout } = await execa("docker", ["port", name, "5432/tcp"]);
    const port = Number(stdout.split("\n")[0]!.split(":").at(-1));
    const admin = (database: string): Login => ({ host: "127.0.0.1", port, database, user: ADMIN, password });
    const sql = (database: string, text: string, values?: unknown[]) => query(admin(database), text, values);
    await untilReady(() => sql(TEMPLATE, "select 1"));
    return { admin, sql, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function query(login: Login, text: string, values?: unknown[]): Promise<any[]> {
  const client = new pg.Client(login);
  client.on("error", () => {});
  await client.connect();
  try {
    const result = (await client.query(text, values)) as unknown as { rows: any[] } | { rows: any[] }[];
    return (Array.isArray(result) ? result.at(-1)! : result).rows;
  } finally {
    await client.end();
  }
}

async function untilReady(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const isReady = await ask().then(() => true, () => false);
    if (isReady) return;
    await sleep(100);
  }
  throw new Error("the lab's Postgres did not get ready in 30 s");
}

/** A project's database and Realtime's login role for it as the product makes them (facts/tenancy.md §1.6), but for schema `realtime`. */
export async function makeProject({ sql, admin }: LabPostgres, name: string): Promise<Login> {
  const password = randomBytes(12).toString("hex");
  await sql("postgres", `create database ${name} template ${TEMPLATE}`);
  await sql(name, `create role ${name}_realtime login replication nosuperuser inherit password '${password}';
    grant connect, create on database ${name} to ${name}_realtime;
    grant supabase_realtime_admin, anon, authenticated, service_role to ${name}_realtime;
    grant set on parameter log_min_messages to ${name}_realtime`);
  return { ...admin(name), user: `${name}_realtime`, password };
}

/** After a superuser made schema `realtime`: what the login role needs of it (facts/tenancy.md §1.6). */
export async function handOver({ sql }: LabPostgres, name: string): Promise<void> {
  await sql(name, `alter schema realtime owner to ${name}_realtime;
    alter table realtime.schema_migrations owner to ${name}_realtime;
    grant all on schema realtime to supabase_realtime_admin with grant option`);
}
