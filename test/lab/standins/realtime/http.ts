import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { App } from "./app.ts";
import { HttpError } from "./errors.ts";
import { log, messageOf } from "./log.ts";
import { ChangesetError } from "./metadata/tenant.ts";
import { externalIdOf, type Reply } from "./request.ts";
import { match } from "./routes.ts";
import { acceptSockets } from "./socket/userSocket.ts";

/** Upstream: Plug.Parsers' own limit. */
const MAX_BODY = 8_000_000;

export function serve(app: App): Server {
  const server = createServer({ maxHeaderSize: Math.max(16_384, app.config.maxHeaderLength * 4) }, (request, response) => {
    answer(app, request, response).catch((error: unknown) => {
      log("error", `request failed: ${messageOf(error)}`);
      response.destroy();
    });
  });
  // Cowboy ends an idle connection after 60 s.
  server.keepAliveTimeout = 60_000;
  acceptSockets(app, server);
  return server;
}

async function answer(app: App, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const url = new URL(incoming.url ?? "/", "http://realtime");
  const isHead = incoming.method === "HEAD";
  const method = isHead ? "GET" : (incoming.method ?? "GET");
  const reply = await handled(app, incoming, url, method).catch(failed);
  const body = reply.text ?? (reply.json === undefined ? "" : JSON.stringify(reply.json));
  const type = reply.json === undefined ? (reply.text === undefined ? {} : { "Content-Type": "text/plain; charset=utf-8" }) : { "Content-Type": "application/json; charset=utf-8" };
  response.writeHead(reply.status, { "x-lab-stand-in": "realtime", ...type, "Content-Length": String(Buffer.byteLength(body)), ...reply.headers });
  response.end(isHead ? undefined : body);
  if (app.config.disableHealthcheckLogging && /^\/(healthcheck|api\/tenants\/[^/]+\/health)$/.test(url.pathname)) return;
  const level = reply.status >= 500 ? "error" : reply.status >= 400 ? "warning" : "info";
  // The path alone: a query may hold a key.
  log(level, `${incoming.method} ${url.pathname} Sent ${reply.status} in ${(performance.now() - started).toFixed(0)}ms`);
}

async function handled(app: App, incoming: IncomingMessage, url: URL, method: string): Promise<Reply> {
  const found = match(method, url.pathname);
  const body = await readBody(incoming);
  if (found === undefined) return { status: 404, json: "Not Found" };
  return found.handler({ app, method, url, headers: incoming.headers, params: found.params, externalId: externalIdOf(incoming.headers.host), body });
}

function failed(error: unknown): Reply {
  if (error instanceof HttpError) return { status: error.status, ...(error.json === undefined ? { text: "" } : { json: error.json }) };
  if (error instanceof ChangesetError) {
    log("error", error.message);
    return { status: 422, json: { errors: error.errors } };
  }
  log("error", messageOf(error));
  return { status: 500, json: "Internal Server Error" };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new HttpError(413, "Request Entity Too Large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
