// Reads the catalog. The queries are ours; which objects count is upstream's choice (src/PostgREST/SchemaCache.hs at v14.17).
import type { ColumnPair, QualifiedIdentifier, Routine, Table } from "./catalog.ts";

export interface CatalogRows {
  tables: (Omit<Table, "columns"> & { columns: TableColumn[] })[];
  foreignKeys: ForeignKey[];
  routines: Routine[];
  views: ViewDefinition[];
  timezones: string[];
}

type TableColumn = Table["columns"] extends Map<string, infer C> ? C : never;

export interface ForeignKey {
  table: QualifiedIdentifier;
  foreignTable: QualifiedIdentifier;
  constraint: string;
  columns: ColumnPair[];
  oneToOne: boolean;
}

export interface ViewDefinition extends QualifiedIdentifier {
  oid: string;
  /** Postgres's own tree of the query (`pg_node_tree`) */
  tree: string;
  columns: { number: number; name: string }[];
}

/** Every type's name comes out qualified only when nothing is on the search path. */
export const VOID_SEARCH_PATH = "select set_config('search_path', '', true)";

const USER_SCHEMA = "n.nspname not in ('pg_catalog', 'information_schema') and not pg_is_other_temp_schema(n.oid)";

/** $1: exposed schemas */
export const TABLES = `
select coalesce(json_agg(json_build_object(
  'schema', n.nspname, 'name', c.relname,
  'description', obj_description(c.oid, 'pg_class'),
  'isView', c.relkind in ('v', 'm'),
  'insertable', c.relkind in ('r', 'p') or (c.relkind in ('v', 'f') and pg_relation_is_updatable(c.oid, true) & 8 = 8),
  'updatable', c.relkind in ('r', 'p') or (c.relkind in ('v', 'f') and pg_relation_is_updatable(c.oid, true) & 4 = 4),
  'deletable', c.relkind in ('r', 'p') or (c.relkind in ('v', 'f') and pg_relation_is_updatable(c.oid, true) & 16 = 16),
  'pkCols', (
    select coalesce(json_agg(a.attname order by a.attname), '[]')
    from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
    where k.conrelid = c.oid and k.contype = 'p'),
  'columns', case when n.nspname = any ($1) then (
    select coalesce(json_agg(json_build_object(
      'name', a.attname,
      'description', col_description(c.oid, a.attnum),
      'nullable', not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)),
      'baseType', case
        when t.typtype = 'd' and b.typnamespace = 'pg_catalog'::regnamespace then format_type(b.oid, null)
        when t.typtype <> 'd' and t.typnamespace = 'pg_catalog'::regnamespace then format_type(t.oid, null)
        else format_type(a.atttypid, a.atttypmod) end,
      'type', format_type(a.atttypid, a.atttypmod),
      'maxLength', case
        when coalesce(b.oid, t.oid) in ('varchar'::regtype, 'bpchar'::regtype) and greatest(a.atttypmod, t.typtypmod) > 4
        then greatest(a.atttypmod, t.typtypmod) - 4 end,
      'default', case
        when t.typtype = 'd' and d.adbin is null then pg_get_expr(t.typdefaultbin, 0)
        when a.attidentity = 'd' then format('nextval(%L)', pg_get_serial_sequence(c.oid::regclass::text, a.attname))
        when a.attgenerated = 's' then null
        else pg_get_expr(d.adbin, d.adrelid) end,
      'enum', (
        select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]')
        from pg_enum e where e.enumtypid = coalesce(b.oid, t.oid))
    ) order by a.attnum), '[]')
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) else '[]'::json end
)), '[]') as json
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'f', 'p') and not c.relispartition and ${USER_SCHEMA}`;

export const FOREIGN_KEYS = `
select coalesce(json_agg(json_build_object(
  'table', json_build_object('schema', n.nspname, 'name', c.relname),
  'foreignTable', json_build_object('schema', fn.nspname, 'name', fc.relname),
  'constraint', k.conname,
  'columns', (
    select json_agg(json_build_array(a.attname, fa.attname) order by pair.ord)
    from unnest(k.conkey, k.confkey) with ordinality as pair (col, ref, ord)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.col
    join pg_attribute fa on fa.attrelid = k.confrelid and fa.attnum = pair.ref),
  'oneToOne', exists (
    select from pg_constraint u
    where u.conrelid = k.conrelid and u.contype in ('p', 'u') and u.conkey @> k.conkey and u.conkey <@ k.conkey)
) order by c.oid, k.conname), '[]') as json
from pg_constraint k
join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
join pg_class fc on fc.oid = k.confrelid join pg_namespace fn on fn.oid = fc.relnamespace
where k.contype = 'f' and k.conparentid = 0`;

/** Whether the caller may execute it decides only what `/` lists; a call without the right is Postgres's own 42501. */
export const routines = (condition: string): string => `
select coalesce(json_agg(json_build_object(
  'schema', n.nspname, 'name', p.proname,
  'description', obj_description(p.oid, 'pg_proc'),
  'params', args.params,
  'returns', json_build_object(
    'schema', rn.nspname, 'name', coalesce(rc.relname, r.typname), 'setOf', p.proretset,
    'composite', r.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false)),
  'volatility', p.provolatile,
  'isolationLevel', (
    select split_part(s, '=', 2) from unnest(p.proconfig) s where s like 'default\\_transaction\\_isolation=%'),
  'settings', (
    select coalesce(json_agg(json_build_array(split_part(s, '=', 1), substr(s, strpos(s, '=') + 1))), '[]')
    from unnest(p.proconfig) s
    where split_part(s, '=', 1) in ('statement_timeout', 'plan_filter.statement_cost_limit', 'default_transaction_isolation'))
) order by p.oid), '[]') as json
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_type rt on rt.oid = p.prorettype
join pg_type r on r.oid = case when rt.typtype = 'd' then rt.typbasetype else rt.oid end
join pg_namespace rn on rn.oid = r.typnamespace
left join pg_class rc on rc.oid = r.typrelid and r.typrelid <> 0
cross join lateral (
  select
    coalesce(json_agg(json_build_object(
      'name', coalesce(a.name, ''),
      'type', format_type(a.type, null),
      'openType', case a.type
        when 'bpchar'::regtype then 'character varying' when 'bpchar[]'::regtype then 'character varying[]'
        when 'bit'::regtype then 'bit varying' when 'bit[]'::regtype then 'bit varying[]'
        else format_type(a.type, null) end,
      'required', a.ord <= p.pronargs - p.pronargdefaults,
      'variadic', coalesce(a.mode = 'v', false)) order by a.ord), '[]') as params,
    count(*) filter (where coalesce(a.name, '') = '') as unnamed,
    count(*) as total,
    bool_and(a.type in ('bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text'::regtype, 'xml'::regtype)) as raw
  from (
    select u.name, u.type, u.mode, row_number() over (order by u.ord) as ord
    from unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
      with ordinality as u (name, type, mode, ord)
    where u.type is not null and coalesce(u.mode, 'i') in ('i', 'b', 'v')) a
) args
where p.prokind = 'f' and r.oid <> 'trigger'::regtype and (args.unnamed = 0 or (args.total = 1 and args.raw)) and ${condition}`;

export const ROUTINES = routines("n.nspname = any ($1)");

export const VIEWS = `
select coalesce(json_agg(json_build_object(
  'oid', c.oid::text, 'schema', n.nspname, 'name', c.relname, 'tree', r.ev_action::text,
  'columns', (
    select json_agg(json_build_object('number', a.attnum, 'name', a.attname) order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
)), '[]') as json
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_rewrite r on r.ev_class = c.oid
where c.relkind in ('v', 'm') and ${USER_SCHEMA}`;

/** table oids and column numbers, to find what a view's column comes from */
export const TABLE_COLUMNS = `
select coalesce(json_agg(json_build_object('oid', c.oid::text, 'schema', n.nspname, 'name', c.relname, 'columns', (
  select coalesce(json_object_agg(a.attnum, a.attname), '{}')
  from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))), '[]') as json
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f') and ${USER_SCHEMA}`;

export const TIMEZONES = "select coalesce(json_agg(name), '[]') as json from pg_timezone_names";
