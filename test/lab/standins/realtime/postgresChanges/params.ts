// What a client asks for with `postgres_changes`: upstream's extensions/postgres_cdc_rls/subscriptions.ex, parse_subscription_params/1 (v2.129.8).
import type { ChangeParams } from "../socket/joinPayload.ts";

export type Filter = { column: string; op: string; value: string; negate: boolean };
export type SubscriptionParams = {
  action: "*" | "INSERT" | "UPDATE" | "DELETE";
  schema: string;
  table: string;
  filters: Filter[];
  selectedColumns: string[] | null;
};

/** Parameters that no retry makes right; the message is the client's. */
export class MalformedParams extends Error {}

const OPERATORS = new Set(["eq", "neq", "lt", "lte", "gt", "gte", "in", "like", "ilike", "is", "match", "imatch", "isdistinct"]);

export function parseParams(params: ChangeParams): SubscriptionParams {
  const selectedColumns = parseSelect(params["select"]);
  const action = actionOf(params["event"]);
  const { schema, table, filter } = params;
  const hasTable = "table" in params;
  const hasFilter = "filter" in params;
  const nothing = { action, filters: [], selectedColumns };
  if (typeof schema === "string" && typeof table === "string" && typeof filter === "string")
    return checked({ ...nothing, schema, table, filters: parseFilters(filter) });
  if (typeof schema === "string" && typeof table === "string" && !hasFilter) return checked({ ...nothing, schema, table });
  if (typeof schema === "string" && !hasTable && !hasFilter) return checked({ ...nothing, schema, table: "*" });
  if (typeof table === "string" && !("schema" in params) && !hasFilter) return checked({ ...nothing, schema: "public", table });
  const shown = "user_token" in params || "auth_token" in params ? "<redacted>" : inspect(params);
  throw new MalformedParams(`No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${shown}`);
}

function checked(params: SubscriptionParams): SubscriptionParams {
  if (params.selectedColumns !== null && (params.schema === "*" || params.table === "*"))
    throw new MalformedParams("Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.");
  return params;
}

function actionOf(event: unknown): SubscriptionParams["action"] {
  const upper = typeof event === "string" ? event.toUpperCase() : "*";
  return upper === "INSERT" || upper === "UPDATE" || upper === "DELETE" ? upper : "*";
}

function parseSelect(select: unknown): string[] | null {
  if (typeof select === "string")
    throw new MalformedParams('Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]');
  const columns = Array.isArray(select) ? select.filter((column) => typeof column === "string") : [];
  return columns.length === 0 ? null : columns;
}

function parseFilters(filter: string): Filter[] {
  const trimmed = filter.trim();
  return trimmed === "" ? [] : splitAtCommas(trimmed).map(parseFilter);
}

/** A comma in parentheses or in a quoted value separates nothing; a quote opens only where a value begins. */
function splitAtCommas(text: string): string[] {
  const parts = [""];
  let depth = 0;
  let isQuoted = false;
  let previous = "";
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]!;
    const isEscape = isQuoted && char === "\\" && index + 1 < text.length;
    if (!isQuoted && char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += isEscape ? char + text[index + 1]! : char;
    if (isEscape) index += 1;
    else if (isQuoted) isQuoted = char !== '"';
    else if (char === '"') isQuoted = /^[.(,]$/.test(previous);
    else if (char === "(") depth += 1;
    else if (char === ")") depth = Math.max(0, depth - 1);
    previous = !isQuoted && char === "," && depth === 0 ? "" : char;
  }
  return parts;
}

const problem = (message: string): never => {
  throw new MalformedParams(`Error parsing \`filter\` params: ${message}`);
};

/** `column=op.value` or `column=not.op.value`. */
function parseFilter(segment: string): Filter {
  const text = segment.trim();
  if (text === "") return problem("filter must not contain empty segments (check for extra commas)");
  const [column, rest] = splitOnce(text, "=");
  if (rest === undefined) return problem(inspect([text]));
  const negate = rest.startsWith("not.");
  const condition = negate ? rest.slice(4) : rest;
  const [op, value] = splitOnce(condition, ".");
  if (value === undefined) return problem(inspect([condition]));
  if (!OPERATORS.has(op)) return problem(inspect([op, value]));
  return { column, op, value: op === "in" ? listValue(value) : unquoted(value), negate };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const listValue = (value: string): string =>
  /^\(.*\)$/s.test(value) ? `{${value.slice(1, -1)}}` : problem("`in` filter value must be wrapped by parentheses");

const unquoted = (value: string): string => (/^"(?:[^"\\]|\\.)*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/gs, "$1") : value);

/** Elixir's way to show a value. */
export function inspect(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inspect).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `%{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)} => ${inspect(item)}`).join(", ")}}`;
  return value === null ? "nil" : JSON.stringify(value);
}
