// Plans a request, runs it in its transaction and gives the raw result (src/PostgREST/MainTx.hs at v14.17).
import type { Pool } from "pg";
import { argumentKeys, callSql } from "./callSql.ts";
import { keyOf, returnsSingle, routineTable } from "./catalog.ts";
import type { Routine, SchemaCache, Table } from "./catalog.ts";
import type { Config } from "./config.ts";
import { RestError } from "./errors.ts";
import { closest } from "./hints.ts";
import type { AuthResult } from "./jwt.ts";
import type { MediaType } from "./mediaTypes.ts";
import { mutationSql } from "./mutateSql.ts";
import { buildReadPlan } from "./readPlan.ts";
import type { ReadNode } from "./readPlan.ts";
import type { ApiRequest } from "./request.ts";
import { findRoutine } from "./routines.ts";
import type { Sql } from "./sql.ts";
import { callStatement, negotiate, plannedCount, readStatement, writeStatement } from "./statements.ts";
import type { Body } from "./statements.ts";
import { inTransaction, run, settingsSql } from "./transaction.ts";
import type { Client } from "./database.ts";
import type { RoleSettings } from "./transaction.ts";

export interface Context {
  config: Config;
  cache: SchemaCache;
  pool: Pool;
  auth: AuthResult;
  roles: RoleSettings;
}

export interface Result {
  /** rows without the window, when they were counted */
  total: number | undefined;
  /** rows in the answer */
  page: number;
  location: [string, string][];
  body: string;
  gucHeaders: string | null;
  gucStatus: string | null;
  inserted: number | undefined;
  type: MediaType;
  table: Table | undefined;
  routine: Routine | undefined;
}

interface Plan {
  statement: Sql;
  root: ReadNode;
  readOnly: boolean;
  type: MediaType;
  table?: Table;
  routine?: Routine;
}

export function findTable(cache: SchemaCache, schema: string, name: string): Table {
  const table = cache.tables.get(keyOf({ schema, name }));
  if (table !== undefined) return table;
  const names = [...cache.tables.values()].filter((one) => one.schema === schema).map((one) => one.name);
  const near = closest(name, names, 0.75);
  throw new RestError(404, "PGRST205", `Could not find the table '${schema}.${name}' in the schema cache`, {
    hint: near === undefined ? null : `Perhaps you meant the table '${schema}.${near}'`,
  });
}

function refuseInvalidPreferences({ preferences }: ApiRequest): void {
  if (preferences.handling !== "strict" || preferences.invalid.length === 0) return;
  throw new RestError(400, "PGRST122", "Invalid preferences given with handling=strict", {
    details: `Invalid preferences: ${preferences.invalid.join(", ")}`,
  });
}

function tablePlan(request: ApiRequest, name: string, { config, cache }: Context): Plan {
  const table = findTable(cache, request.schema, name);
  const root = buildReadPlan(request, { schema: table.schema, name }, config, cache);
  const { action, preferences } = request;
  const isRead = action.kind === "read";
  const mutation = isRead ? undefined : mutationSql(request, table, root, cache);
  const { body, type } = negotiate(request.accept);
  refuseInvalidPreferences(request);
  if (mutation === undefined) {
    const shown: Body = isRead && action.headersOnly ? "none" : body;
    return { statement: readStatement(request, root, cache, shown, config.dbMaxRows), root, readOnly: true, type, table };
  }
  const shown: Body = preferences.return === "representation" ? body : "none";
  const statement = writeStatement(request, mutation.statement, mutation.countsInserted, root, table.pkCols, cache, shown);
  return { statement, root, readOnly: false, type, table };
}

export function routineOf(request: ApiRequest, name: string, cache: SchemaCache): Routine {
  const isPost = request.action.kind === "call" && !request.action.read;
  return findRoutine(cache, {
    schema: request.schema, name, keys: argumentKeys(request), contentType: request.contentType, isPost,
  });
}

function callPlan(request: ApiRequest, name: string, { config, cache }: Context): Plan {
  const { action, preferences } = request;
  if (action.kind !== "call") throw new Error("not a call");
  const routine = routineOf(request, name, cache);
  const root = buildReadPlan(request, { schema: routine.schema, name: routineTable(routine) ?? routine.name }, config, cache);
  const { body, type } = negotiate(request.accept);
  refuseInvalidPreferences(request);
  if (preferences.maxAffected !== undefined && preferences.handling === "strict" && returnsSingle(routine)) {
    throw new RestError(400, "PGRST128", "Function must return SETOF or TABLE when max-affected preference is used with handling=strict");
  }
  const shown: Body = action.headersOnly ? "none" : body;
  const statement = callStatement(request, callSql(routine, request, root), routine, root, cache, shown);
  return { statement, root, readOnly: action.read || routine.volatility !== "v", type, routine };
}

const number = (text: string | null | undefined): number | undefined => (text === null || text === undefined || text === "" ? undefined : Number(text));

async function totalOf(request: ApiRequest, plan: Plan, counted: number | undefined, client: Client, context: Context): Promise<number | undefined> {
  const { count } = request.preferences;
  if (request.action.kind !== "read" || (count !== "planned" && count !== "estimated")) return counted;
  const [row] = await run(client, plannedCount(plan.root, context.cache));
  const explained = JSON.parse(row!["QUERY PLAN"]!) as [{ Plan: { "Plan Rows": number } }];
  const planned = explained[0].Plan["Plan Rows"];
  if (count === "planned") return planned;
  const { dbMaxRows } = context.config;
  // `estimated`: exact as long as there are not more rows than one answer may have.
  return dbMaxRows === undefined || counted! > dbMaxRows ? Math.max(counted!, planned) : counted;
}

/** These end the transaction without effect. */
function checkResult(request: ApiRequest, type: MediaType, page: number): void {
  const { action, preferences } = request;
  if (action.kind === "upsert") {
    if (page !== 1) throw new RestError(400, "PGRST115", "Payload values do not match URL in primary key column(s)");
    return;
  }
  if (type.kind === "object" && page !== 1) {
    throw new RestError(406, "PGRST116", "Cannot coerce the result to a single JSON object", { details: `The result contains ${page} rows` });
  }
  const limited = action.kind === "update" || action.kind === "delete" || action.kind === "call";
  if (limited && preferences.handling === "strict" && preferences.maxAffected !== undefined && page > preferences.maxAffected) {
    throw new RestError(400, "PGRST124", "Query result exceeds max-affected preference constraint", {
      details: `The query affects ${page} rows`,
    });
  }
}

function commits(request: ApiRequest, config: Config): boolean {
  const { tx } = request.preferences;
  return tx !== "rollback" && (!config.dbTxRollbackAll || tx === "commit");
}

export async function execute(request: ApiRequest, context: Context): Promise<Result> {
  const { action } = request;
  if (action.kind === "info" || action.kind === "schema") throw new Error("nothing to execute");
  const plan = action.kind === "call" ? callPlan(request, action.name, context) : tablePlan(request, action.name, context);
  const { config, auth, roles } = context;
  const isolationLevel = plan.routine?.isolationLevel ?? roles.get(auth.role)?.isolationLevel;
  const settings = settingsSql(request, config, auth, roles, plan.routine);
  const options = { readOnly: plan.readOnly, isolationLevel, settings, preRequest: config.dbPreRequest };
  return inTransaction(context.pool, options, async (client) => {
    const row = (await run(client, plan.statement))[0]!;
    const page = Number(row["page"]);
    checkResult(request, plan.type, page);
    const result: Result = {
      total: await totalOf(request, plan, number(row["total"]), client, context),
      page,
      location: row["location"] === null ? [] : (JSON.parse(row["location"]!) as [string, string][]),
      body: row["body"] ?? "",
      gucHeaders: row["headers"] ?? null,
      gucStatus: row["status"] ?? null,
      inserted: number(row["inserted"]),
      type: plan.type,
      table: plan.table,
      routine: plan.routine,
    };
    return { result, commit: commits(request, config) };
  });
}
