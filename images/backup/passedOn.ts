// Grants of the project's roles on what is not theirs: they have it WITH GRANT OPTION and passed it on, as Vault's secrets. pg_dump tells them under
// the owner of the object, who is a superuser, so they are not restored from a dump.
import type pg from "pg";
import { quoteGrantee, quoteIdentifier } from "./postgres.ts";
import { shown, Stop } from "./stop.ts";

export interface PassedOn {
  kind: string;
  /** As Postgres tells an object's identity, quoted. */
  object: string;
  /** Of a table, where the grant is of this column alone. */
  column?: string;
  grantor: string;
  /** `public`: all. */
  grantee: string;
  privilege: string;
  grantable: boolean;
}

/** $1: the project's roles. Of each object the grants in their order: one may rest on another. */
const GRANTS = `
  select kind, (pg_identify_object(class, object, 0)).identity as object, part, g.rolname as grantor,
      case a.grantee when 0 then 'public' else e.rolname end as grantee, privilege_type as privilege, is_grantable as grantable
    from (
      select 'table' as kind, 'pg_class'::regclass as class, oid as object, null::name as part, relowner as owner, relacl as acl
        from pg_class where relkind in ('r', 'v', 'm', 'f', 'p')
      union all select 'table', 'pg_class', c.oid, attname, relowner, attacl from pg_attribute join pg_class c on c.oid = attrelid
      union all select 'sequence', 'pg_class', oid, null, relowner, relacl from pg_class where relkind = 'S'
      union all select 'routine', 'pg_proc', oid, null, proowner, proacl from pg_proc
      union all select 'schema', 'pg_namespace', oid, null, nspowner, nspacl from pg_namespace
    ) as objects,
      aclexplode(acl) with ordinality as a (grantor, grantee, privilege_type, is_grantable, place)
      join pg_roles g on g.oid = a.grantor left join pg_roles e on e.oid = a.grantee
    where g.rolname = any ($1) and not pg_get_userbyid(owner) = any ($1)
    order by 1, 2, 3 nulls first, place`;

export async function readPassedOn(client: pg.Client, roles: readonly string[]): Promise<PassedOn[]> {
  const { rows } = await client.query<PassedOn & { part: string | null }>(GRANTS, [roles]);
  return rows.map(({ part, kind, object, ...grant }) => ({ kind, object, ...(part === null ? {} : { column: part }), ...grant }));
}

const KINDS: Record<string, string> = { table: "regclass", sequence: "regclass", routine: "regprocedure", schema: "regnamespace" };

/**
 * As the role that passed it on: Postgres then sees to it that it may.
 *
 * @throws Stop where a backup names what is no grant of the project's
 */
export async function restorePassedOn(client: pg.Client, grants: readonly PassedOn[], roles: readonly string[]): Promise<void> {
  for (const grant of grants) {
    const { kind, object, grantor, privilege } = grant;
    const type = KINDS[kind];
    if (type === undefined || !roles.includes(grantor) || !/^[A-Z]+$/.test(privilege)) throw new Stop(`The backup is refused: it holds a grant that is none of the project's: ${describePassedOn(grant)}`);
    // Postgres finds what is meant, and says its name: no text of the backup is SQL.
    const { rows } = await client.query<{ name: string }>(`select $1::${type}::text as name`, [object]);
    await client.query(`begin; ${renderPassedOn({ ...grant, object: rows[0]!.name })} commit`);
  }
}

/** Within a transaction. What it names must be Postgres' own word, and none of a backup. */
export function renderPassedOn({ kind, object, column, grantor, grantee, privilege, grantable }: PassedOn): string {
  const what = `${privilege}${column === undefined ? "" : ` (${quoteIdentifier(column)})`} on ${kind} ${object}`;
  return `set local role ${quoteIdentifier(grantor)}; grant ${what} to ${quoteGrantee(grantee)}${grantable ? " with grant option" : ""}; reset role;`;
}

export const describePassedOn = ({ kind, object, column, grantee, privilege }: PassedOn): string =>
  shown(`${privilege} on ${kind} ${object}${column === undefined ? "" : `.${column}`} to ${grantee}`);
