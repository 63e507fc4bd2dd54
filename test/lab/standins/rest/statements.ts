// The one main statement of a request: what is read or done, its count and its body (src/PostgREST/Query/Statements.hs at v14.17).
import { returnsScalar, returnsSetOfScalar, returnsSingle, returnsSingleComposite } from "./catalog.ts";
import type { Routine, SchemaCache } from "./catalog.ts";
import { RestError, notImplemented } from "./errors.ts";
import { toMime } from "./mediaTypes.ts";
import type { MediaType } from "./mediaTypes.ts";
import type { ReadNode } from "./readPlan.ts";
import { countSql, readSql } from "./readSql.ts";
import type { ApiRequest } from "./request.ts";
import { empty, param, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";

export type Body = "none" | "json" | "csv" | "object" | "object-stripped" | "array-stripped";

export interface Negotiated { body: Body; type: MediaType }

/** The first of the accepted media types that can be made. */
export function negotiate(accept: MediaType[]): Negotiated {
  for (const type of accept) {
    if (type.kind === "any" || type.kind === "json") return { body: "json", type: { kind: "json" } };
    if (type.kind === "csv") return { body: "csv", type };
    if (type.kind === "object") return { body: type.stripNulls ? "object-stripped" : "object", type };
    if (type.kind === "array") return { body: "array-stripped", type };
    if (type.kind === "geojson") throw notImplemented("application/geo+json");
  }
  const wanted = accept.map(toMime).join(", ");
  throw new RestError(406, "PGRST107", `None of these media types are available: ${wanted}`);
}

const strip = (value: Sql, stripped: boolean): Sql => (stripped ? sql`json_strip_nulls(${value})` : value);

function csvSql(): Sql {
  const header = sql`(SELECT coalesce(string_agg(key, ','), '')
    FROM json_object_keys((SELECT row_to_json(one) FROM pgrst_source one LIMIT 1)) key)`;
  // A row's own text form is CSV between parentheses.
  const line = sql`substring(_postgrest_t::text, 2, length(_postgrest_t::text) - 2)`;
  return sql`${header} || chr(10) || coalesce(string_agg(${line}, chr(10)), '')`;
}

function bodySql(body: Body, routine: Routine | undefined): Sql {
  if (body === "none") return sql`''`;
  if (body === "csv") return csvSql();
  const stripped = body === "object-stripped" || body === "array-stripped";
  const isScalar = routine !== undefined && returnsScalar(routine);
  const isScalarSet = routine !== undefined && returnsSetOfScalar(routine);
  const rows = isScalar || isScalarSet ? sql`json_agg(_postgrest_t.pgrst_scalar)` : sql`json_agg(_postgrest_t)`;
  const single = isScalar || (routine !== undefined && returnsSingleComposite(routine));
  if (body === "object" || body === "object-stripped" || single) return sql`coalesce(${strip(sql`${rows}->0`, stripped)}, 'null')`;
  return sql`coalesce(${strip(rows, stripped)}, '[]')`;
}

const guc = (name: string): Sql => sql`nullif(current_setting(${param(name)}, true), '')`;

interface Parts { total: Sql; page: Sql; location: Sql; body: Sql; inserted: Sql }

/** Every statement answers with one row of these columns. */
function resultSql({ total, page, location, body, inserted }: Parts): Sql {
  return sql`SELECT ${total} AS total, ${page} AS page, ${location} AS location, (${body})::text AS body,
    ${guc("response.headers")} AS headers, ${guc("response.status")} AS status, ${inserted} AS inserted`;
}

const NULL = sql`NULL::text`;
const COUNTED = sql`(SELECT pg_catalog.count(*) FROM pgrst_source_count)`;
const PAGE = sql`pg_catalog.count(_postgrest_t)`;

/** With `count=exact` and `count=estimated` the rows are counted without the window; `estimated` stops behind `db-max-rows`. */
function countCte(request: ApiRequest, counted: Sql, maxRows: number | undefined): Sql | undefined {
  const { count } = request.preferences;
  if (count !== "exact" && count !== "estimated") return undefined;
  const limit = count === "estimated" && maxRows !== undefined ? sql` LIMIT ${param(String(maxRows + 1))}` : empty;
  return sql`, pgrst_source_count AS (${counted}${limit})`;
}

export function readStatement(request: ApiRequest, root: ReadNode, cache: SchemaCache, body: Body, maxRows: number | undefined): Sql {
  const cte = countCte(request, countSql(root, cache), maxRows);
  const result = resultSql({ total: cte ? COUNTED : NULL, page: PAGE, location: NULL, body: bodySql(body, undefined), inserted: NULL });
  return sql`WITH pgrst_source AS (${readSql(root, cache)})${cte ?? empty} ${result} FROM (SELECT * FROM pgrst_source) _postgrest_t`;
}

/** `return=headers-only` on one inserted row: where it is, by its primary key. */
function locationSql(pkCols: string[]): Sql {
  const entry = sql`json_build_array(entry.key, coalesce('eq.' || entry.value, 'is.null'))`;
  return sql`CASE WHEN pg_catalog.count(_postgrest_t) = 1 THEN (
    SELECT json_agg(${entry}) FROM json_each_text((SELECT row_to_json(one) FROM pgrst_source one LIMIT 1)) entry
    WHERE entry.key = ANY (${param(pkCols)}::text[]))::text END`;
}

export function writeStatement(
  request: ApiRequest, mutation: Sql, countsInserted: boolean, root: ReadNode, pkCols: string[], cache: SchemaCache, body: Body,
): Sql {
  const withLocation = request.action.kind === "insert" && request.preferences.return === "headers-only";
  const inserted = countsInserted ? sql`${guc("pgrst.inserted")}::int` : NULL;
  const rows = body === "none" ? sql`SELECT * FROM pgrst_source` : readSql(root, cache);
  const location = withLocation ? locationSql(pkCols) : NULL;
  const result = resultSql({ total: NULL, page: PAGE, location, body: bodySql(body, undefined), inserted });
  return sql`WITH pgrst_source AS (${mutation}) ${result} FROM (${rows}) _postgrest_t`;
}

export function callStatement(request: ApiRequest, call: Sql, routine: Routine, root: ReadNode, cache: SchemaCache, body: Body): Sql {
  const cte = countCte(request, countSql(root, cache), undefined);
  const page = returnsSingle(routine) ? sql`1` : PAGE;
  const result = resultSql({ total: cte ? COUNTED : NULL, page, location: NULL, body: bodySql(body, routine), inserted: NULL });
  return sql`WITH pgrst_source AS (${call})${cte ?? empty} ${result} FROM (${readSql(root, cache)}) _postgrest_t`;
}

/** For `count=planned`: the planner's guess of the rows. */
export function plannedCount(root: ReadNode, cache: SchemaCache): Sql {
  return sql`EXPLAIN (FORMAT JSON) ${countSql(root, cache)}`;
}
