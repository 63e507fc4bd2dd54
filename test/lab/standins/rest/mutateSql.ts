// Inserts, updates and deletes (references/api/tables_views.rst; src/PostgREST/Query/QueryBuilder.hs at v14.17). A payload stays JSON
// and is bound whole; Postgres reads each value as the column's type.
import type { Column, SchemaCache, Table } from "./catalog.ts";
import { RestError } from "./errors.ts";
import type { Filter, LogicTree } from "./filters.ts";
import { plainConditions } from "./filterSql.ts";
import type { ReadNode } from "./readPlan.ts";
import { neededColumns } from "./readPlan.ts";
import type { ApiRequest } from "./request.ts";
import { and, comma, empty, ident, join, param, sql, trusted } from "./sql.ts";
import type { Sql } from "./sql.ts";

export interface Mutation {
  statement: Sql;
  /** whether the rows that were inserted (and not updated) are counted */
  countsInserted: boolean;
}

const BODY = ident("pgrst_body");

/** Columns of the payload in the order of their names. */
function payloadColumns(request: ApiRequest, table: Table): Column[] {
  return request.payload!.keys.map((key) => {
    const column = table.columns.get(key);
    if (column === undefined) {
      throw new RestError(400, "PGRST204", `Could not find the '${key}' column of '${table.name}' in the schema cache`);
    }
    return column;
  });
}

interface PayloadColumn { name: string; type: string; default: string | null }

/** The payload as rows of `pgrst_body`. @param single only the first row counts, as in a call */
export function payloadRows(text: string, columns: PayloadColumn[], single: boolean, applyDefaults: boolean): Sql {
  const isObject = text.trimStart().startsWith("{");
  const json = applyDefaults ? sql`${param(text)}::jsonb` : sql`${param(text)}::json`;
  const prefix = applyDefaults ? sql`jsonb` : sql`json`;
  const limit = single ? sql` LIMIT 1` : empty;
  if (columns.length === 0) {
    const rows = isObject ? sql`(VALUES (1)) _` : sql`${prefix}_array_elements(${json}) _`;
    return sql`(SELECT FROM ${rows}${limit}) pgrst_body`;
  }
  const withDefault = columns.filter((column) => column.default !== null);
  const defaults = join(withDefault.map((column) => sql`${param(column.name)}::text, ${trusted(column.default!)}`), comma);
  const merged = applyDefaults
    ? isObject
      ? sql`(SELECT jsonb_build_object(${defaults}) || ${json})`
      : sql`(SELECT jsonb_agg(jsonb_build_object(${defaults}) || element) FROM jsonb_array_elements(${json}) element)`
    : json;
  const typed = join(columns.map((column) => sql`${ident(column.name)} ${trusted(column.type)}`), comma);
  const names = join(columns.map((column) => ident(column.name)), comma);
  const toRows = isObject ? sql`${prefix}_to_record` : sql`${prefix}_to_recordset`;
  return sql`(SELECT ${names} FROM ${toRows}(${merged}) AS _(${typed})${limit}) pgrst_body`;
}

function returning(columns: string[], at: Sql): Sql {
  if (columns.length === 0) return sql` RETURNING 1`;
  return sql` RETURNING ${join(columns.map((name) => (name === "*" ? sql`${at}.*` : sql`${at}.${ident(name)}`)), comma)}`;
}

/**
 * Counts in a setting of the transaction: `xmax` would tell an insert from an update too, but a view has none. It is true for every
 * row, so that the condition lets all through.
 */
function counting(step: 1 | -1): Sql {
  const now = sql`coalesce(nullif(current_setting('pgrst.inserted', true), ''), '0')::int`;
  return sql`set_config('pgrst.inserted', (${now} + ${param(String(step))}::int)::text, true) IS NOT NULL`;
}

function insert(request: ApiRequest, table: Table, returned: string[], conditions: Sql[]): Mutation {
  const { preferences, params, action } = request;
  const isPut = action.kind === "upsert";
  const columns = payloadColumns(request, table);
  const at = ident(table.schema, table.name);
  const names = join(columns.map((column) => ident(column.name)), comma);
  const text = request.payload!.kind === "json" ? request.payload!.text : "{}";
  const rows = payloadRows(text, columns, false, !isPut && preferences.missing === "default");
  const resolution = isPut ? "merge-duplicates" : preferences.resolution;
  const conflict = isPut ? table.pkCols : resolution === undefined ? [] : (params.onConflict ?? table.pkCols);
  const countsInserted = isPut || resolution === "merge-duplicates";
  const checks = countsInserted ? [counting(1), ...conditions] : conditions;
  const target = columns.length === 0 ? sql`${at}` : sql`${at} (${names})`;
  const source = sql`SELECT ${columns.length === 0 ? empty : join(columns.map(({ name }) => sql`${BODY}.${ident(name)}`), comma)} FROM ${rows}`;
  const where = checks.length === 0 ? empty : sql` WHERE ${join(checks, and)}`;
  return {
    countsInserted,
    statement: sql`INSERT INTO ${target} ${source}${where}${onConflict(conflict, resolution, columns, countsInserted)}${returning(returned, at)}`,
  };
}

function onConflict(conflict: string[], resolution: string | undefined, columns: Column[], countsInserted: boolean): Sql {
  if (conflict.length === 0) return empty;
  const keys = join(conflict.map((name) => ident(name)), comma);
  if (resolution === "ignore-duplicates" || columns.length === 0) return sql` ON CONFLICT (${keys}) DO NOTHING`;
  const sets = join(columns.map(({ name }) => sql`${ident(name)} = EXCLUDED.${ident(name)}`), comma);
  return sql` ON CONFLICT (${keys}) DO UPDATE SET ${sets}${countsInserted ? sql` WHERE ${counting(-1)}` : empty}`;
}

function update(request: ApiRequest, table: Table, returned: string[], conditions: Sql[]): Sql {
  const at = ident(table.schema, table.name);
  const columns = payloadColumns(request, table);
  if (columns.length === 0) {
    // `UPDATE … SET` nothing is no SQL: an empty result with the wanted columns stands for it.
    const names = returned.length === 0 ? sql`NULL` : join(returned.map((name) => (name === "*" ? sql`${at}.*` : sql`${at}.${ident(name)}`)), comma);
    return sql`SELECT ${names} FROM ${at} WHERE false`;
  }
  const text = request.payload!.kind === "json" ? request.payload!.text : "{}";
  const rows = payloadRows(text, columns, false, request.preferences.missing === "default");
  const sets = join(columns.map(({ name }) => sql`${ident(name)} = ${BODY}.${ident(name)}`), comma);
  const where = conditions.length === 0 ? empty : sql` WHERE ${join(conditions, and)}`;
  return sql`UPDATE ${at} SET ${sets} FROM ${rows}${where}${returning(returned, at)}`;
}

/** PUT needs the whole primary key and nothing else, each column with `eq`. */
function checkPut(request: ApiRequest, table: Table, filters: Filter[]): void {
  const { filterKeys, logic } = request.params;
  const exact = table.pkCols.length > 0 && filterKeys.size === table.pkCols.length && table.pkCols.every((key) => filterKeys.has(key));
  const eq = filters.every(
    ({ negated, operation }) => !negated && operation.op === "quantified" && operation.operator === "=" && operation.quantifier === undefined,
  );
  if (logic.length > 0 || !exact || !eq) {
    throw new RestError(405, "PGRST105", "Filters must include all and only primary key columns with 'eq' operators");
  }
}

export function mutationSql(request: ApiRequest, table: Table, root: ReadNode, cache: SchemaCache): Mutation {
  const { action, params, preferences } = request;
  const at = ident(table.schema, table.name);
  const filters = params.filters.filter(({ path }) => path.length === 0).map(({ filter }) => filter);
  const logic = params.logic.filter(({ path }) => path.length === 0).map(({ tree }) => tree);
  const trees: LogicTree[] = [...filters, ...logic];
  const wanted = preferences.return === "representation" || preferences.return === "headers-only";
  const returned = wanted ? neededColumns(root, table.pkCols) : [];
  if (action.kind === "upsert") {
    checkPut(request, table, filters);
    return insert(request, table, returned, plainConditions(trees, BODY, table, cache));
  }
  if (action.kind === "insert") return insert(request, table, returned, []);
  const conditions = plainConditions(trees, at, table, cache);
  if (action.kind === "update") return { statement: update(request, table, returned, conditions), countsInserted: false };
  const where = conditions.length === 0 ? empty : sql` WHERE ${join(conditions, and)}`;
  return { statement: sql`DELETE FROM ${at}${where}${returning(returned, at)}`, countsInserted: false };
}
