// The API server: one HTTP request in, one response out (src/PostgREST/App.hs at v14.17).
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { corsHeaders, preflight } from "./cors.ts";
import { AuthenticationFailed, toRestError } from "./database.ts";
import { NAME, RestError, VERSION, noSchemaCache } from "./errors.ts";
import { execute, findTable, routineOf } from "./execute.ts";
import type { Context } from "./execute.ts";
import { authenticate } from "./jwt.ts";
import type { AuthResult } from "./jwt.ts";
import { log, logAccess } from "./log.ts";
import { openApiResponse } from "./openapi.ts";
import { parseRequest } from "./request.ts";
import type { ApiRequest, HttpRequest } from "./request.ts";
import { errorResponse, routineInfo, schemaInfo, tableInfo, toResponse } from "./response.ts";
import type { Headers, HttpResponse } from "./response.ts";
import type { State } from "./state.ts";

export const SERVER_NAME = `postgrest/${VERSION} (lab stand-in)`;

/**
 * milliseconds; longer than Envoy keeps an idle connection (1 h), so that it is never this side that closes one which Envoy is about
 * to use. Upstream's own is 30 s.
 */
const KEEP_ALIVE_TIMEOUT = 2 * 60 * 60 * 1000;

/** bytes; warp's limit. Node's own of 16 KiB is too small for a long `in.(…)`. */
const MAX_HEADER_SIZE = 50 * 1024;

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function toHttpRequest(message: IncomingMessage): Promise<HttpRequest> {
  const url = message.url ?? "/";
  const question = url.indexOf("?");
  const headers = Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value ?? ""]);
  return {
    method: message.method ?? "GET",
    path: question < 0 ? url : url.slice(0, question),
    query: question < 0 ? "" : url.slice(question + 1),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: await readBody(message),
  };
}

function infoResponse(request: ApiRequest, context: Context): HttpResponse {
  const { action, schema } = request;
  if (action.kind !== "info") throw new Error("not an OPTIONS request");
  if (action.of === "schema") return schemaInfo();
  if (action.of === "table") return tableInfo(findTable(context.cache, schema, action.name));
  return routineInfo(routineOf(request, action.name, context.cache));
}

async function respond(http: HttpRequest, state: State, auth: AuthResult): Promise<HttpResponse> {
  const { config, cache, pool, roles } = state;
  if (cache === undefined) throw noSchemaCache();
  const context: Context = { config, cache, pool, roles, auth };
  const request = parseRequest(http, config, cache);
  if (request.action.kind === "info") return infoResponse(request, context);
  if (request.action.kind === "schema") return openApiResponse(request, context);
  return toResponse(request, await execute(request, context));
}

function failure(error: unknown, authenticated: boolean): RestError {
  if (error instanceof AuthenticationFailed) {
    log(error.message);
    process.exit(1);
  }
  // What neither Postgres nor the network threw is a mistake of this stand-in, and it says so.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
    log(`bug: ${error.stack}`);
    return new RestError(500, "LAB500", `${NAME} failed: ${error.message}`);
  }
  return toRestError(error, authenticated);
}

async function answer(http: HttpRequest, state: State): Promise<{ response: HttpResponse; role: string | undefined }> {
  let auth: AuthResult | undefined;
  try {
    auth = authenticate(http.headers["authorization"], state.config, Date.now());
    return { response: await respond(http, state, auth), role: auth.role };
  } catch (error) {
    const response = errorResponse(failure(error, auth?.role !== state.config.dbAnonRole));
    if (response.status === 503) {
      response.headers.push(["Retry-After", String(state.delay)]);
      // With a cache this is the first sign that the database is away; without one it is being loaded already.
      if (state.cache !== undefined) void state.reload();
    }
    return { response, role: auth?.role };
  }
}

function traceHeaders(http: HttpRequest, name: string | undefined): Headers {
  return name === undefined ? [] : [[name, http.headers[name.toLowerCase()] ?? ""]];
}

/** @param last the server takes no more requests, so this connection ends with its answer */
function send(out: ServerResponse, response: HttpResponse, extra: Headers, last: boolean): void {
  if (last) out.setHeader("Connection", "close");
  out.statusCode = response.status;
  if (response.statusText !== undefined) out.statusMessage = response.statusText.replace(/[^\t\x20-\x7e]/g, " ");
  for (const [name, value] of [...response.headers, ...extra]) {
    const before = out.getHeader(name);
    // A function may set one header more than once (Set-Cookie).
    if (name.toLowerCase() === "set-cookie" && before !== undefined) out.setHeader(name, [before as string, value].flat());
    else out.setHeader(name, value);
  }
  out.setHeader("Server", SERVER_NAME);
  out.setHeader("x-lab-stand-in", "rest");
  out.end(response.body);
}

async function handle(message: IncomingMessage, out: ServerResponse, state: State, server: Server): Promise<void> {
  const http = await toHttpRequest(message);
  const early = preflight(http, state.config);
  const { response, role } = early === undefined ? await answer(http, state) : { response: early, role: undefined };
  const cors = early === undefined ? corsHeaders(http, state.config) : [];
  send(out, response, [...cors, ...traceHeaders(http, state.config.serverTraceHeader)], !server.listening);
  logAccess(state.config.logLevel, {
    address: message.socket.remoteAddress ?? "-", role, method: http.method, target: message.url ?? "/", status: response.status,
    size: Buffer.byteLength(response.body), userAgent: http.headers["user-agent"] ?? "",
  });
}

export function createApiServer(state: State): Server {
  const server: Server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT, requestTimeout: 0, maxHeaderSize: MAX_HEADER_SIZE }, (message, out) => {
    handle(message, out, state, server).catch((error: unknown) => {
      // The client went away in the middle of its request; there is nobody to answer.
      log(`request failed: ${(error as Error).message}`);
      out.destroy();
    });
  });
  return server;
}
