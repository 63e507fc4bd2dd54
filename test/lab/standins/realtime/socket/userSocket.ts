// The handshake: upstream's lib/realtime_web/channels/user_socket.ex (v2.129.8).
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { App } from "../app.ts";
import { decrypt } from "../crypto.ts";
import { externalIdOf } from "../request.ts";
import { describe, TokenError, verifyConnection } from "../jwt.ts";
import { log, messageOf } from "../log.ts";
import { RealtimeChannel, type SocketContext } from "./channel.ts";
import { PhoenixSocket } from "./phoenixSocket.ts";
import { type Serializer, serializerFor } from "./serializer.ts";

/** Upstream: endpoint.ex, `max_frame_size`. */
const MAX_FRAME = 5_000_000;

/** Why the handshake ends; the body is upstream's. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function acceptSockets(app: App, server: Server): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false });
  sockets.on("headers", (headers: string[]) => headers.push("x-lab-stand-in: realtime"));
  server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on("error", () => {});
    accept(app, request).then(
      ({ context, serializer }) => sockets.handleUpgrade(request, stream, head, (ws) => open(context, serializer, ws)),
      (error: unknown) => refuse(stream, error instanceof Refusal ? error : unknown(error)),
    );
  });
}

function unknown(error: unknown): Refusal {
  log("error", messageOf(error), { error_code: "ErrorConnectingToWebsocket" });
  return new Refusal(500, "Error connecting to Realtime");
}

function open(context: SocketContext, serializer: Serializer, ws: WebSocket): void {
  const socket = new PhoenixSocket(ws, serializer, (topic, params, link) =>
    topic.startsWith("realtime:") ? new RealtimeChannel(context, topic, params, link) : undefined,
  );
  const { app, externalId } = context;
  app.addSocket(externalId, socket);
  ws.on("close", () => app.removeSocket(externalId, socket));
}

async function accept(app: App, request: IncomingMessage): Promise<{ context: SocketContext; serializer: Serializer }> {
  const url = new URL(request.url ?? "/", "http://realtime");
  if (url.pathname !== "/socket/websocket") throw new Refusal(404, "Not Found");
  const serializer = serializerFor(url.searchParams.get("vsn"));
  if (serializer === undefined) throw new Refusal(403, "");
  try {
    return { context: await contextOf(app, request, url), serializer };
  } catch (error) {
    // Upstream lets a caller that is refused wait.
    await new Promise((done) => setTimeout(done, app.config.connectErrorBackoffMs));
    throw error;
  }
}

async function contextOf(app: App, request: IncomingMessage, url: URL): Promise<SocketContext> {
  const externalId = externalIdOf(request.headers.host);
  const tenant = await app.tenants.cached(externalId);
  if (tenant === undefined) throw new Refusal(404, "Tenant not found");
  if (tenant.suspend) throw new Refusal(403, "Realtime was disabled for this tenant");
  const token = request.headers["x-api-key"] ?? url.searchParams.get("apikey");
  if (typeof token !== "string") throw new Refusal(401, "API key is missing");
  if (app.countUsers(externalId) >= tenant.max_concurrent_users) throw new Refusal(429, "Too many connected users");
  // Upstream decrypts it whether a set of keys is there or not (facts/tenancy.md §1.3).
  if (tenant.jwt_secret === null) throw new Error("the tenant has no jwt_secret");
  const jwtSecret = decrypt(app.config.encryption, tenant.jwt_secret);
  try {
    verifyConnection(token, jwtSecret, tenant.jwt_jwks);
  } catch (error) {
    throw error instanceof TokenError ? refusalOf(error) : error;
  }
  const headers = Object.entries(request.headers).filter(([name]) => name.startsWith("x-")).map(([name, value]) => [name, String(value)]);
  return { app, externalId, jwtSecret, jwtJwks: tenant.jwt_jwks, tenantToken: token, headers: Object.fromEntries(headers) as Record<string, string> };
}

function refusalOf({ problem }: TokenError): Refusal {
  if (problem.reason === "expired_token") return new Refusal(401, "Token has expired");
  if (problem.reason === "invalid_token") return new Refusal(500, "Error connecting to Realtime");
  return new Refusal(401, describe(problem).message);
}

const PHRASES: Record<number, string> = { 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error" };

function refuse(stream: Duplex, { status, message }: Refusal): void {
  log("warning", `GET /socket/websocket Sent ${status}: ${message}`);
  const body = message === "" ? "" : JSON.stringify({ error: message });
  const head = [
    `HTTP/1.1 ${status} ${PHRASES[status]}`, "connection: close", "x-lab-stand-in: realtime", "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
