// `/`: what the role may see, as OpenAPI 2 (references/api/openapi.rst; src/PostgREST/Response/OpenAPI.hs at v14.17). A short form:
// paths, definitions with columns, formats and the notes on keys that supabase tools read.
import { keyOf } from "./catalog.ts";
import type { Column, Relationship, Routine, SchemaCache, Table } from "./catalog.ts";
import { RestError } from "./errors.ts";
import type { Context } from "./execute.ts";
import { routines } from "./introspection.ts";
import { toMime } from "./mediaTypes.ts";
import type { HttpResponse } from "./response.ts";
import { profileHeader } from "./response.ts";
import type { ApiRequest } from "./request.ts";
import { inTransaction, settingsSql } from "./transaction.ts";
import { NAME, VERSION } from "./errors.ts";

const ACCESSIBLE_TABLES = `
select coalesce(json_agg(c.relname order by c.relname), '[]') as json
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'v', 'm', 'f', 'p') and not c.relispartition and (
  pg_has_role(c.relowner, 'USAGE')
  or has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
  or has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))`;

const ACCESSIBLE_ROUTINES = routines("n.nspname = $1 and has_function_privilege(p.oid, 'execute')");

const TYPES: Record<string, string> = {
  "character varying": "string", character: "string", text: "string", boolean: "boolean", smallint: "integer", integer: "integer",
  bigint: "integer", numeric: "number", real: "number", "double precision": "number",
};
const FORMATS: Record<string, string> = { smallint: "int32", integer: "int32", bigint: "int64" };

function typeOf(type: string): Record<string, unknown> {
  const format = FORMATS[type] ?? type;
  if (type.endsWith("[]")) return { format, type: "array", items: { type: TYPES[type.slice(0, -2)] ?? "string" } };
  // As upstream: json has a format and no type, because it can be any.
  return type === "json" || type === "jsonb" ? { format } : { format, type: TYPES[type] ?? "string" };
}

function notes(table: Table, column: Column, relationships: Relationship[]): string | undefined {
  const key = relationships.find(({ cardinality: c, isParent }) =>
    (c.kind === "M2O" || (c.kind === "O2O" && !isParent)) && c.columns.length === 1 && c.columns[0]![0] === column.name);
  const lines: string[] = [];
  if (table.pkCols.includes(column.name)) lines.push("This is a Primary Key.<pk/>");
  if (key !== undefined && key.cardinality.kind !== "M2M") {
    const at = `${key.foreignTable.name}.${key.cardinality.columns[0]![1]}`;
    lines.push(`This is a Foreign Key to \`${at}\`.<fk table='${key.foreignTable.name}' column='${key.cardinality.columns[0]![1]}'/>`);
  }
  if (lines.length === 0) return column.description ?? undefined;
  return `${column.description === null ? "" : `${column.description}\n\n`}${["Note:", ...lines].join("\n")}`;
}

function definition(table: Table, cache: SchemaCache): unknown {
  const relationships = [...(cache.relationships.get(keyOf(table)) ?? [])].sort((a, b) => Number(a.foreignTableIsView) - Number(b.foreignTableIsView));
  const properties = [...table.columns.values()].map((column) => {
    const description = notes(table, column, relationships);
    return [column.name, {
      ...typeOf(column.baseType),
      ...(description === undefined ? {} : { description }),
      ...(column.enum.length === 0 ? {} : { enum: column.enum }),
      ...(column.maxLength === null ? {} : { maxLength: column.maxLength }),
    }];
  });
  const required = [...table.columns.values()].filter(({ nullable }) => !nullable).map(({ name }) => name);
  return {
    ...(table.description === null ? {} : { description: table.description }),
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(properties) as Record<string, unknown>,
    type: "object",
  };
}

function tablePath(table: Table): unknown {
  const operation = (status: string, description: string): unknown => ({ tags: [table.name], responses: { [status]: { description } } });
  const writable = table.insertable || table.updatable || table.deletable;
  return {
    get: {
      tags: [table.name],
      responses: {
        "200": { description: "OK", schema: { items: { $ref: `#/definitions/${table.name}` }, type: "array" } },
        "206": { description: "Partial Content" },
      },
    },
    ...(writable
      ? { post: operation("201", "Created"), delete: operation("204", "No Content"), patch: operation("204", "No Content") }
      : {}),
  };
}

function routinePath(routine: Routine): unknown {
  const operation = { tags: [`(rpc) ${routine.name}`], responses: { "200": { description: "OK" } } };
  const properties = Object.fromEntries(routine.params.map(({ name, type }) => [name, typeOf(type)]));
  const required = routine.params.filter((p) => p.required).map(({ name }) => name);
  const schema = { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
  const post = { ...operation, parameters: [{ in: "body", name: "args", required: true, schema }] };
  if (routine.volatility === "v") return { post };
  const parameters = routine.params.map(({ name, type, required: needed }) => ({ in: "query", name, required: needed, type: "string", format: type }));
  return { get: { ...operation, parameters }, post };
}

export function openApi(tables: Table[], routinesSeen: Routine[], cache: SchemaCache, description: string | null): unknown {
  const [title, ...rest] = (description ?? "PostgREST API").split("\n");
  return {
    swagger: "2.0",
    info: { title, description: rest.join("\n") || "This is a dynamic API generated by PostgREST", version: `${VERSION} (${NAME})` },
    basePath: "/",
    schemes: ["http"],
    consumes: ["application/json", "text/csv"],
    produces: ["application/json", "text/csv"],
    paths: {
      "/": { get: { tags: ["Introspection"], summary: "OpenAPI description (this document)", responses: { "200": { description: "OK" } } } },
      ...Object.fromEntries(tables.map((table) => [`/${table.name}`, tablePath(table)])),
      ...Object.fromEntries(routinesSeen.map((routine) => [`/rpc/${routine.name}`, routinePath(routine)])),
    },
    definitions: Object.fromEntries(tables.map((table) => [table.name, definition(table, cache)])),
    externalDocs: { description: "PostgREST Documentation", url: "https://postgrest.org/en/v14/references/api.html" },
  };
}

export async function openApiResponse(request: ApiRequest, context: Context): Promise<HttpResponse> {
  const { config, cache, auth, roles, pool } = context;
  if (!request.accept.some(({ kind }) => kind === "openapi" || kind === "json" || kind === "any")) {
    throw new RestError(406, "PGRST107", `None of these media types are available: ${request.accept.map(toMime).join(", ")}`);
  }
  const options = {
    readOnly: true, isolationLevel: roles.get(auth.role)?.isolationLevel,
    settings: settingsSql(request, config, auth, roles, undefined), preRequest: config.dbPreRequest,
  };
  const inSchema = ({ schema }: { schema: string }): boolean => schema === request.schema;
  const document = await inTransaction(pool, options, async (client) => {
    const read = async <T>(text: string): Promise<T> => {
      const { rows } = await client.query(text, [request.schema]);
      return JSON.parse((rows as { json: string }[])[0]!.json) as T;
    };
    const all = [...cache.tables.values()].filter(inSchema);
    const followed = config.openapiMode === "follow-privileges";
    const names = followed ? new Set(await read<string[]>(ACCESSIBLE_TABLES)) : undefined;
    const seen = followed ? await read<Routine[]>(ACCESSIBLE_ROUTINES) : [...cache.routines.values()].flat().filter(inSchema);
    const described = await read<string | null>("select coalesce(to_json(obj_description(oid, 'pg_namespace')), 'null') as json from pg_namespace where nspname = $1");
    const tables = all.filter(({ name }) => names === undefined || names.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    return { result: openApi(tables, seen, cache, described), commit: true };
  });
  const headersOnly = request.action.kind === "schema" && request.action.headersOnly;
  const body = headersOnly ? "" : JSON.stringify(document);
  return {
    status: 200,
    headers: [
      ["Content-Type", "application/openapi+json; charset=utf-8"],
      ...(headersOnly ? [] : [["Content-Length", String(Buffer.byteLength(body))] as [string, string]]),
      ...profileHeader(request),
    ],
    body,
  };
}
