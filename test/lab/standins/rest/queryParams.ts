// The whole query string (src/PostgREST/ApiRequest/QueryParams.hs at v14.17).
import { parseColumns, parseFilterValue, parseLogic, parseOrder, parseTreePath } from "./filters.ts";
import type { EmbedPath, Filter, LogicTree, OrderTerm } from "./filters.ts";
import { parseSelect } from "./select.ts";
import type { SelectItem } from "./select.ts";

export interface Window { offset: number; limit: number | undefined }

export interface QueryParams {
  /** sorted and encoded anew: what `Content-Location` shows */
  canonical: string;
  select: SelectItem[];
  filters: { path: EmbedPath; filter: Filter }[];
  logic: { path: EmbedPath; tree: LogicTree }[];
  order: { path: EmbedPath; terms: OrderTerm[] }[];
  windows: { path: EmbedPath; window: Window }[];
  /** all keys that a filter was given for, as PUT compares them with the primary key */
  filterKeys: Set<string>;
  columns: string[] | undefined;
  onConflict: string[] | undefined;
  /** arguments of a function that is called by GET */
  rpcParams: [string, string][];
}

function decode(text: string): string {
  const plain = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

export function parsePairs(query: string): [string, string][] {
  return query.split(/[&;]/).filter((pair) => pair !== "").map((pair) => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [decode(pair), ""] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
  });
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

const byKey = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : a > b ? 1 : 0);

function canonicalOf(pairs: [string, string][]): string {
  return [...pairs].sort(byKey).map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
}

const lastWord = (key: string): string => key.slice(key.lastIndexOf(".") + 1);
const RESERVED = new Set(["select", "columns", "on_conflict"]);
const RESERVED_AT_EVERY_LEVEL = new Set(["order", "limit", "offset", "and", "or"]);

function windowsOf(pairs: [string, string][]): QueryParams["windows"] {
  const windows = new Map<string, { path: EmbedPath; window: Window }>();
  for (const [key, value] of pairs) {
    const word = lastWord(key);
    if (word !== "limit" && word !== "offset") continue;
    const path = parseTreePath(key).path;
    const id = path.join(".");
    const entry = windows.get(id) ?? { path, window: { offset: 0, limit: undefined } };
    // As upstream: what is no number counts as not given.
    if (/^-?\d+$/.test(value.trim())) entry.window[word] = Number(value);
    windows.set(id, entry);
  }
  return [...windows.values()];
}

/** @param isRpcRead then a value without an operator is an argument of the function */
export function parseQueryParams(query: string, isRpcRead: boolean): QueryParams {
  const all = parsePairs(query);
  const given = all.filter(([key]) => !query.split(/[&;]/).includes(key));
  const first = (name: string): string | undefined => given.find(([key]) => key === name)?.[1];
  const filterPairs = given.filter(([key]) => !RESERVED.has(key) && !RESERVED_AT_EVERY_LEVEL.has(lastWord(key)));
  const filters: QueryParams["filters"] = [];
  const rpcParams: [string, string][] = [];
  for (const [key, value] of filterPairs) {
    const { path, field } = parseTreePath(key);
    const parsed = parseFilterValue(value, isRpcRead);
    if (parsed === undefined) rpcParams.push([field.name, value]);
    else filters.push({ path, filter: { kind: "filter", field, ...parsed } });
  }
  const columns = first("columns");
  const onConflict = first("on_conflict");
  return {
    canonical: canonicalOf(all),
    select: parseSelect(first("select") ?? "*"),
    filters,
    logic: given.filter(([key]) => ["and", "or"].includes(lastWord(key))).map(([key, value]) => parseLogic(key, value)),
    order: given.filter(([key]) => lastWord(key) === "order").map(([key, value]) => parseOrder(key, value)),
    windows: windowsOf(given),
    filterKeys: new Set(filterPairs.map(([key]) => key)),
    columns: columns === undefined ? undefined : parseColumns("columns", columns),
    onConflict: onConflict === undefined ? undefined : parseColumns("on_conflict", onConflict),
    rpcParams,
  };
}
