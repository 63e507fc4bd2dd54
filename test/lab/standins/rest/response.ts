// From a result to an HTTP response (src/PostgREST/Response.hs at v14.17). Pure.
import { returnsVoid } from "./catalog.ts";
import type { Routine, Table } from "./catalog.ts";
import { RestError, invalidRange } from "./errors.ts";
import type { Result } from "./execute.ts";
import { contentType } from "./mediaTypes.ts";
import { preferenceApplied } from "./preferences.ts";
import type { Preferences } from "./preferences.ts";
import { contentRange, rangeStatus } from "./range.ts";
import type { ApiRequest } from "./request.ts";

export type Headers = [name: string, value: string][];

export interface HttpResponse {
  status: number;
  statusText?: string | undefined;
  headers: Headers;
  body: string;
}

const optional = (name: string, value: string | undefined): Headers => (value === undefined ? [] : [[name, value]]);

export function profileHeader({ schema, negotiatedByProfile }: ApiRequest): Headers {
  return negotiatedByProfile ? [["Content-Profile", schema]] : [];
}

function typeHeaders(request: ApiRequest, result: Result): Headers {
  return [["Content-Type", contentType(result.type)], ...profileHeader(request)];
}

/** Only what had an effect on this kind of request. */
function applied(request: ApiRequest, result: Result): Headers {
  const { action, preferences: p, params } = request;
  const isMutation = action.kind !== "read" && action.kind !== "call";
  const canResolve = action.kind === "insert" && ((result.table?.pkCols.length ?? 0) > 0 || params.onConflict !== undefined);
  const shown: Partial<Preferences> = {
    resolution: canResolve ? p.resolution : undefined,
    return: isMutation ? p.return : undefined,
    count: p.count,
    tx: p.tx,
    missing: action.kind === "insert" || action.kind === "update" ? p.missing : undefined,
    handling: p.handling,
    timezone: p.timezone,
    maxAffected: action.kind === "update" || action.kind === "delete" || action.kind === "call" ? p.maxAffected : undefined,
  };
  return optional("Preference-Applied", preferenceApplied(shown));
}

const lengthOf = (body: string): Headers => [["Content-Length", String(Buffer.byteLength(body))]];

function outOfBounds(offset: number, total: number | undefined): string {
  return invalidRange(`An offset of ${offset} was requested, but there are only ${total ?? 0} rows.`).body();
}

function windowed(request: ApiRequest, result: Result, extra: Headers): HttpResponse {
  const { action, window } = request;
  const headersOnly = (action.kind === "read" || action.kind === "call") && action.headersOnly;
  const upper = window.offset + result.page - 1;
  const status = rangeStatus(window.offset, upper, result.total);
  const body = status === 416 ? outOfBounds(window.offset, result.total) : result.body;
  return {
    status,
    headers: [
      ["Content-Range", contentRange(window.offset, upper, result.total)],
      ...extra,
      ...(headersOnly ? [] : lengthOf(body)),
      ...typeHeaders(request, result),
      ...applied(request, result),
    ],
    body: headersOnly ? "" : body,
  };
}

function readResponse(request: ApiRequest, result: Result): HttpResponse {
  const query = request.params.canonical === "" ? "" : `?${request.params.canonical}`;
  return windowed(request, result, [["Content-Location", `/${result.table!.name}${query}`]]);
}

function callResponse(request: ApiRequest, result: Result): HttpResponse {
  const response = windowed(request, result, []);
  if (!returnsVoid(result.routine!)) return response;
  const range = response.headers.filter(([name]) => name === "Content-Range");
  return { status: 204, headers: [...range, ...applied(request, result)], body: "" };
}

function locationOf(result: Result): Headers {
  if (result.location.length === 0) return [];
  const query = result.location.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
  return [["Location", `/${result.table!.name}?${query}`]];
}

function insertResponse(request: ApiRequest, result: Result): HttpResponse {
  const { preferences } = request;
  const full = preferences.return === "representation";
  const counted = preferences.count === "exact" || preferences.count === "estimated" ? result.page : undefined;
  const body = full ? result.body : "";
  const onlyMerged = preferences.resolution === "merge-duplicates" && (result.inserted ?? 0) <= 0;
  return {
    status: onlyMerged ? 200 : 201,
    headers: [
      ...lengthOf(body),
      ...locationOf(result),
      ["Content-Range", contentRange(1, 0, counted)],
      ...applied(request, result),
      ...(full ? typeHeaders(request, result) : []),
    ],
    body,
  };
}

/** @param range PUT has none */
function changeResponse(request: ApiRequest, result: Result, full: number, range: [number, number] | undefined): HttpResponse {
  const { preferences } = request;
  const counted = preferences.count === "exact" || preferences.count === "estimated" ? result.page : undefined;
  const headers: Headers = [
    ...(range === undefined ? [] : ([["Content-Range", contentRange(...range, counted)]] as Headers)),
    ...applied(request, result),
  ];
  if (preferences.return !== "representation") return { status: 204, headers, body: "" };
  return { status: full, headers: [...headers, ...lengthOf(result.body), ...typeHeaders(request, result)], body: result.body };
}

function plainResponse(request: ApiRequest, result: Result): HttpResponse {
  switch (request.action.kind) {
    case "read":
      return readResponse(request, result);
    case "call":
      return callResponse(request, result);
    case "insert":
      return insertResponse(request, result);
    case "update":
      return changeResponse(request, result, 200, [0, result.page - 1]);
    case "upsert":
      return changeResponse(request, result, (result.inserted ?? 0) > 0 ? 201 : 200, undefined);
    case "delete":
      return changeResponse(request, result, 200, [1, 0]);
    default:
      throw new Error("no result to answer with");
  }
}

function gucHeaders(text: string | null): Headers {
  if (text === null) return [];
  const invalid = new RestError(500, "PGRST111", "response.headers guc must be a JSON array composed of objects with a single key and a string value");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid;
  }
  if (!Array.isArray(value)) throw invalid;
  return value.map((one: unknown) => {
    const entries = typeof one === "object" && one !== null && !Array.isArray(one) ? Object.entries(one) : [];
    if (entries.length !== 1 || typeof entries[0]![1] !== "string") throw invalid;
    return entries[0] as [string, string];
  });
}

/** A function can set `response.status` and `response.headers` (references/transactions.rst "Response Headers"). */
export function toResponse(request: ApiRequest, result: Result): HttpResponse {
  const response = plainResponse(request, result);
  const own = gucHeaders(result.gucHeaders);
  const overridden = new Set(own.map(([name]) => name.toLowerCase()));
  const status = result.gucStatus === null ? response.status : Number.parseInt(result.gucStatus, 10);
  if (Number.isNaN(status)) throw new RestError(500, "PGRST112", "response.status guc must be a valid status code");
  return { ...response, status, headers: [...response.headers.filter(([name]) => !overridden.has(name.toLowerCase())), ...own] };
}

function allow(methods: string): HttpResponse {
  return { status: 200, headers: [["Content-Length", "0"], ["Access-Control-Allow-Origin", "*"], ["Allow", methods]], body: "" };
}

export function tableInfo({ insertable, updatable, deletable, pkCols }: Table): HttpResponse {
  const methods = [
    "OPTIONS,GET,HEAD",
    ...(insertable ? ["POST"] : []),
    ...(insertable && updatable && pkCols.length > 0 ? ["PUT"] : []),
    ...(updatable ? ["PATCH"] : []),
    ...(deletable ? ["DELETE"] : []),
  ];
  return allow(methods.join(","));
}

export const routineInfo = ({ volatility }: Routine): HttpResponse =>
  allow(volatility === "v" ? "OPTIONS,POST" : "OPTIONS,GET,HEAD,POST");

export const schemaInfo = (): HttpResponse => allow("OPTIONS,GET,HEAD");

export function errorResponse(error: RestError): HttpResponse {
  const body = error.body();
  return {
    status: error.status,
    statusText: error.statusText,
    headers: [
      ["Content-Type", "application/json; charset=utf-8"],
      ...lengthOf(body),
      ["Proxy-Status", `PostgREST; error=${error.code}`],
      ...(Object.entries(error.headers) as Headers),
    ],
    body,
  };
}
