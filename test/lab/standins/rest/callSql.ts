// Calls of functions (references/api/functions.rst; src/PostgREST/Query/QueryBuilder.hs callPlanToQuery at v14.17).
import { returnsScalar, returnsSetOfScalar } from "./catalog.ts";
import type { Routine, RoutineParam } from "./catalog.ts";
import type { LogicTree } from "./filters.ts";
import { payloadRows } from "./mutateSql.ts";
import { neededColumns } from "./readPlan.ts";
import type { ReadNode } from "./readPlan.ts";
import type { ApiRequest } from "./request.ts";
import { comma, empty, ident, join, param, sql, trusted } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** Names of the arguments that the request gives. */
export function argumentKeys(request: ApiRequest): string[] {
  const { action, params, payload } = request;
  if (action.kind === "call" && !action.read) return payload?.keys ?? [];
  return [...new Set(params.rpcParams.map(([key]) => key))].sort();
}

/** An argument from the query string; one that is given twice counts once (the last), a VARIADIC one takes them all. */
function directArgument({ name, openType, variadic }: RoutineParam, pairs: [string, string][]): Sql {
  const values = pairs.filter(([key]) => key === name).map(([, value]) => value);
  const value = variadic ? sql`${param(values)}::text[]::${trusted(openType)}` : sql`${param(values.at(-1)!)}::${trusted(openType)}`;
  return sql`${variadic ? sql`VARIADIC ` : empty}${ident(name)} := ${value}`;
}

/** FROM of the call and, before it, where its arguments come from. */
function callParts(routine: Routine, request: ApiRequest): { before: Sql; args: Sql } {
  const { payload } = request;
  const keys = argumentKeys(request);
  const [only] = routine.params;
  if (routine.params.length === 1 && only!.name === "") {
    if (payload?.kind === "raw") {
      const value = only!.type === "bytea" ? param(payload.bytes) : param(payload.bytes.toString("utf8"));
      return { before: empty, args: sql`${value}::${trusted(only!.type)}` };
    }
    return { before: empty, args: sql`${param(payload?.kind === "json" ? payload.text : null)}::${trusted(only!.type)}` };
  }
  const given = routine.params.filter(({ name }) => keys.includes(name));
  if (given.length === 0) return { before: empty, args: empty };
  if (payload === undefined || payload.kind === "params") {
    const pairs = payload?.pairs ?? request.params.rpcParams;
    return { before: empty, args: join(given.map((one) => directArgument(one, pairs)), comma) };
  }
  const columns = given.map(({ name, openType }) => ({ name, type: openType, default: null }));
  const text = payload.kind === "json" ? payload.text : "{}";
  const args = given.map(({ name, variadic }) => sql`${variadic ? sql`VARIADIC ` : empty}${ident(name)} := pgrst_body.${ident(name)}`);
  return { before: sql`${payloadRows(text, columns, true, false)}, LATERAL `, args: join(args, comma) };
}

function filterNames(tree: LogicTree): string[] {
  return tree.kind === "filter" ? [tree.field.name] : tree.terms.flatMap(filterNames);
}

/** A computed column works only on the function's own row type: so it is taken here, not from the CTE. */
function returnedColumns(root: ReadNode): Sql {
  const needed = neededColumns(root, []);
  if (needed.length === 0 || needed.includes("*")) return sql`pgrst_call.*`;
  const embedded = new Set(root.children.map((child) => child.name));
  const filtered = root.where.flatMap(filterNames).filter((name) => !embedded.has(name));
  const names = [...new Set([...needed, ...filtered])];
  return join(names.map((name) => sql`pgrst_call.${ident(name)}`), comma);
}

export function callSql(routine: Routine, request: ApiRequest, root: ReadNode): Sql {
  const { before, args } = callParts(routine, request);
  const call = sql`${ident(routine.schema, routine.name)}(${args})`;
  if (returnsScalar(routine) || returnsSetOfScalar(routine)) {
    return sql`SELECT pgrst_call.pgrst_scalar FROM ${before}(SELECT ${call} pgrst_scalar) pgrst_call`;
  }
  return sql`SELECT ${returnedColumns(root)} FROM ${before}${call} pgrst_call`;
}
