// What one Postgres for all can not hide from a project (facts/tenancy.md §6.4.12, §1.7.5), and what the services of shared projects
// have in common. Asserted to be exactly this: one more is a hole, one less is good news for docs/security.md.
import pg from "pg";
import { slotOf, type Tenant } from "./tenant.ts";

/** Relations in which another project's name stands. */
export const CATALOGS: Record<string, string> = {};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Every relation that `login` may read in its own database, and in which the other's names or secrets stand. */
export async function relationsThatShow(port: number, attacker: Tenant, login: keyof Tenant["roles"], victim: Tenant): Promise<string[]> {
  const { database, roles, passwords } = attacker;
  const client = new pg.Client({ host: "127.0.0.1", port, database, user: roles[login], password: passwords[login] });
  await client.connect();
  const traces = new RegExp([`\\b${escaped(victim.database)}(\\b|_)`, victim.marker, ...Object.values(victim.secrets)].join("|"));
  const shown: string[] = [];
  const { rows } = await client.query<{ name: string }>(READABLE);
  for (const { name } of rows) {
    const read = await client.query<{ text: string }>(`select string_agg(r::text, chr(10)) as text from ${name} r`).catch(() => undefined);
    if (traces.test(read?.rows[0]?.text ?? "")) shown.push(name);
  }
  await client.end();
  return shown;
}

/** Functions' tables too: what a view of the catalog shows, one of these does. */
const READABLE = `
  select format('%I.%I', nspname, relname) as name
    from pg_class join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'v', 'm', 'f', 'p') and has_schema_privilege(n.oid, 'usage') and has_table_privilege(pg_class.oid, 'select')
    order by 1`;
export { slotOf };
