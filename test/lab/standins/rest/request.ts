// From an HTTP request to what it asks for (src/PostgREST/ApiRequest.hs at v14.17).
import type { SchemaCache } from "./catalog.ts";
import type { Config } from "./config.ts";
import { RestError } from "./errors.ts";
import { parseAccept, parseMediaType } from "./mediaTypes.ts";
import type { MediaType } from "./mediaTypes.ts";
import { parsePayload } from "./payload.ts";
import type { Payload } from "./payload.ts";
import { parsePreferences } from "./preferences.ts";
import type { Preferences } from "./preferences.ts";
import { parseQueryParams } from "./queryParams.ts";
import type { QueryParams, Window } from "./queryParams.ts";
import { ALL, topLevelWindow } from "./range.ts";

export interface HttpRequest {
  method: string;
  /** without the query string */
  path: string;
  query: string;
  headers: Record<string, string>;
  body: Buffer;
}

export type Action =
  | { kind: "read"; name: string; headersOnly: boolean }
  | { kind: "insert" | "update" | "upsert" | "delete"; name: string }
  | { kind: "call"; name: string; read: boolean; headersOnly: boolean }
  | { kind: "schema"; headersOnly: boolean }
  | { kind: "info"; of: "table" | "routine" | "schema"; name: string };

export interface ApiRequest {
  action: Action;
  http: HttpRequest;
  schema: string;
  negotiatedByProfile: boolean;
  params: QueryParams;
  window: Window;
  payload: Payload | undefined;
  preferences: Preferences;
  accept: MediaType[];
  contentType: MediaType;
}

type Resource = { of: "table" | "routine"; name: string } | { of: "schema"; name: "" };

function resourceOf(path: string, config: Config): Resource {
  const parts = path.split("/").slice(1).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  if (parts.length === 1 && parts[0] === "") {
    if (config.openapiMode === "disabled") throw new RestError(404, "PGRST126", "Root endpoint metadata is disabled");
    return config.dbRootSpec === undefined ? { of: "schema", name: "" } : { of: "routine", name: config.dbRootSpec };
  }
  if (parts.length === 1) return { of: "table", name: parts[0]! };
  if (parts.length === 2 && parts[0] === "rpc") return { of: "routine", name: parts[1]! };
  throw new RestError(404, "PGRST125", "Invalid path specified in request URL");
}

function actionOf({ of, name }: Resource, method: string): Action {
  if (method === "OPTIONS") return { kind: "info", of, name };
  const reads = method === "GET" || method === "HEAD";
  const headersOnly = method === "HEAD";
  if (of === "routine") {
    if (!reads && method !== "POST") throw new RestError(405, "PGRST101", `Cannot use the ${method} method on RPC`);
    return { kind: "call", name, read: reads, headersOnly };
  }
  if (of === "schema" && reads) return { kind: "schema", headersOnly };
  if (of === "table") {
    if (reads) return { kind: "read", name, headersOnly };
    const kind = ({ POST: "insert", PATCH: "update", PUT: "upsert", DELETE: "delete" } as const)[method];
    if (kind !== undefined) return { kind, name };
  }
  throw new RestError(405, "PGRST117", `Unsupported HTTP method: ${method}`);
}

function schemaOf(http: HttpRequest, config: Config): Pick<ApiRequest, "schema" | "negotiatedByProfile"> {
  const writes = ["DELETE", "PATCH", "POST", "PUT"].includes(http.method);
  const profile = http.headers[writes ? "content-profile" : "accept-profile"];
  if (profile === undefined) return { schema: config.dbSchemas[0]!, negotiatedByProfile: config.dbSchemas.length !== 1 };
  if (!config.dbSchemas.includes(profile)) {
    throw new RestError(406, "PGRST106", `Invalid schema: ${profile}`, {
      hint: `Only the following schemas are exposed: ${config.dbSchemas.join(", ")}`,
    });
  }
  return { schema: profile, negotiatedByProfile: true };
}

function windowOf(http: HttpRequest, params: QueryParams): Window {
  const given = params.windows.find(({ path }) => path.length === 0)?.window ?? ALL;
  const window = topLevelWindow(http.method, http.headers["range"], given);
  if (http.method === "PUT" && (window.offset !== 0 || window.limit !== undefined)) {
    throw new RestError(400, "PGRST114", "limit/offset querystring parameters are not allowed for PUT");
  }
  return window;
}

function payloadOf(action: Action, http: HttpRequest, type: MediaType, params: QueryParams): Payload | undefined {
  const isRpc = action.kind === "call";
  const wanted = isRpc ? !action.read : action.kind === "insert" || action.kind === "update" || action.kind === "upsert";
  if (!wanted) return undefined;
  return parsePayload(http.body, type, action.kind === "upsert" ? undefined : params.columns, isRpc);
}

export function parseRequest(http: HttpRequest, config: Config, cache: SchemaCache): ApiRequest {
  const resource = resourceOf(http.path, config);
  const schema = schemaOf(http, config);
  const action = actionOf(resource, http.method);
  const params = parseQueryParams(http.query, action.kind === "call" && action.read);
  const window = windowOf(http, params);
  const contentType = parseMediaType(http.headers["content-type"] ?? "application/json");
  return {
    action,
    http,
    ...schema,
    params,
    window,
    payload: payloadOf(action, http, contentType, params),
    preferences: parsePreferences(http.headers["prefer"], config.dbTxAllowOverride, cache.timezones),
    accept: parseAccept(http.headers["accept"]),
    contentType,
  };
}
