import pg, { type Client } from "pg";
import type { Config } from "../config.ts";
import { connectionFields } from "../database/pools.ts";
import { functions } from "./functions.ts";
import { LATEST, MIGRATIONS } from "./list.ts";
import { searches } from "./searches.ts";
import { grants, tables } from "./tables.ts";

/** Upstream's own key for the lock around its migrations (src/internal/database/migrations/migrate.ts): the two exclude each other. */
const LOCK = "select pg_advisory_xact_lock(-8525285245963000605)";

/**
 * Brings a tenant's database to upstream's last migration, as the role of the URL.
 * @returns how many migrations were recorded; 0 when there was nothing to do
 */
export async function migrate(databaseUrl: string, config: Pick<Config, "database" | "jwt">): Promise<number> {
  const client = new pg.Client(connectionFields(databaseUrl, config.database));
  // A server that goes away between two queries; the next query fails with it.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("begin");
    await client.query(LOCK);
    const recorded = await bringUp(client, config.jwt);
    await client.query("commit");
    return recorded;
  } finally {
    await client.end();
  }
}

async function bringUp(client: Client, { anonRole, authenticatedRole, serviceRole, superUser }: Config["jwt"]): Promise<number> {
  const last = await lastMigration(client);
  if (last !== undefined && last >= MIGRATIONS.length - 1) return 0;
  if (last !== undefined) throw new Error(`lab-storage is a stand-in and can not go on from upstream's migration ${last}: let upstream's image migrate to ${LATEST}`);
  const { rows } = await client.query("select quote_ident(name) as name, to_regrole(quote_ident(name)) is not null as exists from unnest($1::text[]) with ordinality as t (name, place) order by place", [
    [anonRole, authenticatedRole, serviceRole, superUser],
  ]);
  const [anon, authenticated, service, owner] = rows;
  // Who may do CREATE SCHEMA may lack it where the schema is already there.
  const { rows: schemas } = await client.query("select from pg_namespace where nspname = 'storage'");
  await client.query(schemas.length > 0 ? tables.replace("create schema if not exists storage;", "") : tables);
  await client.query(functions);
  await client.query(searches);
  await client.query(grants({ anon: anon.name, authenticated: authenticated.name, service: service.name, superUser: owner.exists ? owner.name : undefined }));
  await client.query("insert into storage.migrations (id, name, hash) select * from unnest($1::int[], $2::text[], $3::text[])", [0, 1, 2].map((part) => MIGRATIONS.map((row) => row[part])));
  return MIGRATIONS.length;
}

async function lastMigration(client: Client): Promise<number | undefined> {
  const { rows: tables } = await client.query("select to_regclass('storage.migrations') is not null as exists");
  if (!tables[0].exists) return undefined;
  const { rows } = await client.query("select max(id) as id from storage.migrations");
  return rows[0].id ?? undefined;
}
