import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Claims } from "./jwt.ts";
import { HttpError, errorReply } from "./errors.ts";
import { corsHeaders, preflightHeaders } from "./cors.ts";
import { log } from "./log.ts";
import type { App } from "./app.ts";
import type { Session } from "./model/sessions.ts";
import type { User } from "./model/users.ts";

/** Upstream: limitRequestBody(1 << 20). */
const MAX_BODY = 1 << 20;

/** One request on its way through guards and handler; guards fill in who asks. */
export type Context = {
  readonly app: App;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly remoteAddress: string;
  readonly requestId: string;
  /** The body's text; "" when it was a form, because upstream's request log has read that one already. */
  readonly body: string;
  readonly form: URLSearchParams;
  readonly params: Record<string, string>;
  readonly replyHeaders: Record<string, string>;
  claims?: Claims;
  user?: User;
  session?: Session;
  admin?: { role: string };
};

export type Reply = { status: number; json?: unknown; text?: string; headers?: Record<string, string> };
export type Handler = (context: Context) => Promise<Reply>;
export type Match = { params: Record<string, string>; run: Handler } | { allow: string[] } | undefined;

/** @param match finds the handler of a method and path; the methods of the path; or nothing. */
export function serve(app: App, match: (method: string, path: string) => Match): Server {
  const server = createServer((request, response) => {
    answer(app, match, request, response).catch((error: Error) => {
      log("error", "request failed", { error: error.message, path: request.url ?? "" });
      response.destroy();
    });
  });
  // Upstream (Go) keeps an idle connection for ever; a shorter time here would race with Envoy's reuse of it.
  server.keepAliveTimeout = 0;
  return server;
}

async function answer(app: App, match: (method: string, path: string) => Match, request: IncomingMessage, response: ServerResponse) {
  const started = process.hrtime.bigint();
  const method = request.method ?? "GET";
  response.setHeader("x-lab-stand-in", "auth");
  if (method === "OPTIONS" && request.headers["access-control-request-method"]) {
    for (const [name, value] of Object.entries(preflightHeaders(app.config, request.headers))) response.setHeader(name, value);
    response.writeHead(204).end();
    return;
  }
  for (const [name, value] of Object.entries(corsHeaders(method, request.headers))) response.setHeader(name, value);
  const url = new URL(request.url ?? "/", "http://auth");
  const found = match(method, url.pathname);
  if (!found || "allow" in found) {
    request.resume();
    if (found) response.writeHead(405, { Allow: found.allow.join(", ") }).end();
    else response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" }).end("404 page not found\n");
    return;
  }
  const status = await run(app, found.run, found.params, url, request, response);
  if (url.pathname === "/health") return;
  const duration = Number(process.hrtime.bigint() - started);
  log(status >= 500 ? "error" : status >= 400 ? "warning" : "info", "request completed", { method, path: url.pathname, status, duration });
}

async function run(app: App, handler: Handler, params: Record<string, string>, url: URL, request: IncomingMessage, response: ServerResponse) {
  const header = app.config.api.requestIdHeader.toLowerCase();
  const requestId = header === "" ? randomUUID() : String(request.headers[header] ?? "");
  const version = request.headers["x-supabase-api-version"];
  const dated = typeof version === "string" && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= "2024-01-01";
  const replyHeaders: Record<string, string> = {};
  let reply: Reply;
  try {
    const text = await readBody(request);
    const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers["content-type"] ?? "");
    const context: Context = {
      app, url, params, requestId, replyHeaders, method: request.method ?? "GET", headers: request.headers,
      remoteAddress: callerAddress(request),
      body: isForm ? "" : text,
      form: new URLSearchParams(isForm ? text : ""),
    };
    reply = await handler(context);
  } catch (error) {
    const failed = errorReply(error, dated, requestId);
    if (failed.status >= 500) log("error", "request error", { error: describe(error), path: url.pathname, request_id: requestId });
    reply = { status: failed.status, json: failed.body, headers: { ...failed.headers, ...(dated ? { "X-Supabase-Api-Version": "2024-01-01" } : {}) } };
  }
  send(response, reply, replyHeaders);
  return reply.status;
}

function send(response: ServerResponse, reply: Reply, extra: Record<string, string>): void {
  const body = reply.text ?? (reply.json === undefined ? "" : JSON.stringify(reply.json));
  const type: Record<string, string> = reply.json === undefined ? {} : { "Content-Type": "application/json" };
  response.writeHead(reply.status, { ...type, ...extra, ...reply.headers });
  response.end(body);
}

// The chain of causes, for the log: Postgres' message is behind "Database error saving new user".
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) throw new HttpError(413, "request_entity_too_large", `Request body too large (max ${MAX_BODY} bytes)`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

// The first address in X-Forwarded-For, as upstream (internal/utilities/request.go).
function callerAddress(request: IncomingMessage): string {
  const forwarded = String(request.headers["x-forwarded-for"] ?? "").split(",").map((each) => each.trim());
  const address = forwarded.find((each) => /^[0-9a-f.:]+$/i.test(each) && /[.:]/.test(each));
  return address ?? (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}
