// Rows of realtime.subscription: upstream's extensions/postgres_cdc_rls/subscriptions.ex (v2.129.8).
import type { Pool, Queryable } from "pg";
import type { Claims } from "../jwt.ts";
import { messageOf } from "../log.ts";
import { inspect, MalformedParams, type SubscriptionParams } from "./params.ts";

export type Subscription = { id: string; claims: Claims; params: SubscriptionParams };

/** For every published table that fits; again for the same id: the claims are renewed. */
const INSERT = `
with published as (
  select format('%I.%I', schemaname, tablename)::regclass as entity
  from pg_publication_tables
  where pubname = $1 and ($2 = '*' or schemaname like $2 escape '') and ($3 = '*' or tablename like $3 escape '')
)
insert into realtime.subscription as s (subscription_id, entity, filters, claims, action_filter, selected_columns)
select $4, entity, array(
    select row (f.c, f.o::realtime.equality_op, f.v, f.n)::realtime.user_defined_filter
    from unnest($6::text[], $7::text[], $8::text[], $9::boolean[]) as f (c, o, v, n)
  ), $5, $10, $11
from published
on conflict (subscription_id, entity, filters, action_filter, coalesce(selected_columns, '{}'))
do update set claims = excluded.claims, created_at = now()
returning s.id`;

/** All or none. @throws MalformedParams when a table is not published or Postgres refuses the parameters */
export async function createSubscriptions(pool: Pool, publication: string, list: Subscription[]): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    for (const subscription of list) await create(client, publication, subscription);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function create(db: Queryable, publication: string, { id, claims, params }: Subscription): Promise<void> {
  const { action, schema, table, filters, selectedColumns } = params;
  const of = (name: "column" | "op" | "value" | "negate") => filters.map((filter) => filter[name]);
  const values = [publication, schema, table, id, JSON.stringify(claims), of("column"), of("op"), of("value"), of("negate"), action, selectedColumns];
  const { rowCount } = await db.query(INSERT, values).catch((error: unknown) => {
    throw (error as { code?: string }).code === undefined
      ? error
      : new MalformedParams(
          "Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: " +
            `[${shown(params)}]. Exception: ${messageOf(error)}`,
        );
  });
  if ((rowCount ?? 0) === 0)
    throw new MalformedParams(
      `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [${shown(params)}]`,
    );
}

function shown({ action, schema, table, filters, selectedColumns }: SubscriptionParams): string {
  const tuples = filters.map(({ column, op, value, negate }) => `{${[column, op, value].map(inspect).join(", ")}, ${negate}}`);
  return `event: ${action}, schema: ${schema}, table: ${table}, filters: [${tuples.join(", ")}], select: ${inspect(selectedColumns)}`;
}

export async function deleteSubscriptions(db: Queryable, ids: string[]): Promise<void> {
  await db.query("delete from realtime.subscription where subscription_id = any ($1::uuid[])", [ids]);
}

export async function deleteAllSubscriptions(db: Queryable): Promise<void> {
  await db.query("delete from realtime.subscription");
}

/** What changes when a table joins or leaves the publication. */
export async function publishedTables(db: Queryable, publication: string): Promise<string> {
  const { rows } = await db.query(
    "select format('%I.%I', schemaname, tablename)::regclass::oid::text as oid from pg_publication_tables where pubname = $1 order by 1",
    [publication],
  );
  return rows.map(({ oid }) => oid as string).join(" ");
}
