// What of a database's content is compared: rows and an order-independent checksum of each table, and where each sequence stands. Taken in the
// snapshot of the dump, and again in the restored copy.
import type { ClientBase } from "pg";
import { shown } from "./stop.ts";

export interface TableMeasure {
  rows: number;
  /** The sum of all rows' hashes, in decimal: the same in whatever order they lie. */
  checksum: string;
}

export interface Measure {
  /** By `schema.table`, quoted where Postgres quotes. */
  tables: Record<string, TableMeasure>;
  /** `last_value is_called`, by name. */
  sequences: Record<string, string>;
}

/**
 * So that a value is the same text in both: what of a session decides how it is written (postgres src/backend/utils/misc/guc_tables.c). And no
 * object of the project's own stands for one of Postgres'.
 */
const SETTINGS = `
  set search_path = pg_catalog; set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres';
  set extra_float_digits = 1; set bytea_output = 'hex'; set xmloption = 'content'; set lc_monetary = 'C';
  set row_security = off`;

/**
 * Not compared: who listens to Realtime at this moment, which Realtime empties at its start; and what is encrypted with the server's own key,
 * which is compared as what it says (extras.ts).
 */
const NOT_KEPT = ["realtime.subscription", "vault.secrets"];

/**
 * Of a table that inherits: a column that its parent got later stands behind its own, and before them in a copy (postgres doc/src/sgml/ddl.sgml,
 * ddl-inherit). So they are read in the order of their names.
 */
const COLUMNS = `(select string_agg(format('t.%I', attname), ', ' order by attname) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped)`;

/**
 * A table of an extension's that it does not name as configuration, of a superuser as all that it makes: pg_dump has nothing of its rows, which are
 * of the server that they were on, such as pg_net's requests (postgres doc/src/sgml/extend.sgml, extend-extensions-config-tables).
 */
const OF_EXTENSION = `
  exists (select from pg_depend d join pg_extension e on e.oid = d.refobjid join pg_roles r on r.oid = c.relowner
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
      and rolsuper and not coalesce(c.oid = any (extconfig), false))`;

/** Plain and partitions, not what only gathers partitions; no other session's temporary ones. A view has no content, and a materialized one may be old. */
const RELATIONS = `
  select format('%I.%I', nspname, relname) as name, relkind,
      case when not relispartition and exists (select from pg_inherits where inhrelid = c.oid) then ${COLUMNS} end as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where relkind in ('r', 'S') and relpersistence <> 't' and nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and not ${OF_EXTENSION}
    order by 1`;

/** Bytes of a large object that are read at a time. */
const PART = 1024 * 1024;
/**
 * Large objects as if they were a table: with their owners and grants. Each is read in parts, as one may be larger than any memory; a page of it has a
 * quarter of a block (postgres src/include/storage/large_object.h, LOBLKSIZE).
 */
const LARGE_OBJECTS = `
  select count(*)::text as rows, coalesce(sum(hashtextextended(format('%s %s %s %s', oid, lomowner::regrole, lomacl, content), 0)), 0)::text as checksum
    from pg_largeobject_metadata m, lateral (
      select sum(hashtextextended(format('%s %s', part, encode(sha256(lo_get(m.oid, part * ${PART}, ${PART})), 'hex')), 0)) as content
        from generate_series(0, (select coalesce(max(pageno), 0) * (current_setting('block_size')::bigint / 4) / ${PART} from pg_largeobject where loid = m.oid)) as part)`;
const LARGE_OBJECTS_NAME = "large objects";

/**
 * Hashes are added as numeric: a sum of bigint would overflow. A row as text by Postgres' own function: `t::text` would be a cast that a table's
 * owner can define, and would run as who measures. And `t` alone would be a column of that name, in a table that has one.
 */
const TABLE = (name: string, columns: string | null) =>
  `select count(*)::text as rows, coalesce(sum(hashtextextended(textin(record_out(${columns === null ? "t.*" : `row(${columns})`})), 0)), 0)::text as checksum from only ${name} as t`;
const SEQUENCE = (name: string) => `select format('%s %s', last_value, is_called) as state from ${name}`;

/** @param client connected to the database; its session's settings are changed */
export async function measure(client: Pick<ClientBase, "query">): Promise<Measure> {
  await client.query(SETTINGS);
  const { rows: relations } = await client.query<{ name: string; relkind: string; columns: string | null }>(RELATIONS);
  const measured: Measure = { tables: {}, sequences: {} };
  for (const { name, relkind, columns } of relations) {
    if (NOT_KEPT.includes(name)) continue;
    if (relkind === "S") measured.sequences[name] = (await client.query<{ state: string }>(SEQUENCE(name))).rows[0]!.state;
    else {
      const { rows, checksum } = (await client.query<{ rows: string; checksum: string }>(TABLE(name, columns))).rows[0]!;
      measured.tables[name] = { rows: Number(rows), checksum };
    }
  }
  const { rows, checksum } = (await client.query<{ rows: string; checksum: string }>(LARGE_OBJECTS)).rows[0]!;
  measured.tables[LARGE_OBJECTS_NAME] = { rows: Number(rows), checksum };
  return measured;
}

/** Postgres' way to write a name, without its quotes. */
const plain = (name: string): string => name.replace(/"((?:[^"]|"")*)"/g, (_, quoted: string) => quoted.replaceAll('""', '"'));

const OF_EXTENSION_SAID = `: it is an extension's, of a superuser, and what a project puts into it is not restored (docs/backups.md, "What is not kept")`;

/**
 * What differs, told for people. Empty: the same content.
 *
 * @param notRestored tables whose rows are none of a restore's, as `schema.table` without quotes: it is said of them
 */
export function contentDifferences(one: Measure, other: Measure, notRestored: ReadonlySet<string> = new Set()): string[] {
  const table = (left?: TableMeasure, right?: TableMeasure) => {
    if (left === undefined || right === undefined) return left === undefined ? "is too much" : "is missing";
    if (left.rows !== right.rows) return `has ${right.rows} rows, not ${left.rows}`;
    return left.checksum === right.checksum ? undefined : "has other rows";
  };
  const sequence = (left?: string, right?: string) => (left === right ? undefined : `stands at ${right ?? "nothing"}, not at ${left ?? "nothing"}`);
  const why = (name: string) => (notRestored.has(plain(name)) ? OF_EXTENSION_SAID : "");
  return [...compared("table", one.tables, other.tables, table, why), ...compared("sequence", one.sequences, other.sequences, sequence)];
}

const compared = <T>(kind: string, left: Record<string, T>, right: Record<string, T>, compare: (left?: T, right?: T) => string | undefined, why = (_: string) => ""): string[] =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].sort().flatMap((name) => {
    const said = compare(left[name], right[name]);
    return said === undefined ? [] : [`${kind} ${shown(name)} ${said}${why(name)}`];
  });
