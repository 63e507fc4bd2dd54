import multipart from "@fastify/multipart";
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import { type App, contextOf } from "./context.ts";
import { errorBody, lacks, StorageError } from "./errors.ts";
import { log } from "./log.ts";
import { bucketRoutes } from "./routes/buckets.ts";
import { changeRoutes } from "./routes/changes.ts";
import { imageRoutes } from "./routes/images.ts";
import { listRoutes } from "./routes/lists.ts";
import { readRoutes } from "./routes/objects.ts";
import { addRoutes } from "./routes/route.ts";
import { signRoutes } from "./routes/signed.ts";
import { tusRoutes } from "./routes/tus.ts";
import { uploadRoutes } from "./routes/uploads.ts";

/** Upstream's version that this stands for; the answer of /version names the stand-in. */
export const VERSION = "v1.74.0-lab";

const UNLOGGED = new Set(["/status", "/version", "/health"]);

/** What both servers have: names, errors, a log, an answer to health checks. */
export function newServer(app: Pick<App, "config">): FastifyInstance {
  const { keepAliveMs, headersMs, requestIdHeader } = app.config.server;
  const server = fastify({ routerOptions: { maxParamLength: 2500 }, requestIdHeader: requestIdHeader ?? false, keepAliveTimeout: keepAliveMs, forceCloseConnections: "idle" });
  server.server.headersTimeout = headersMs;
  // A body of a type that no route reads is none.
  server.addContentTypeParser("*", (_request, _payload, done) => done(null));
  server.addHook("onRequest", async (_request, reply) => {
    reply.header("x-lab-stand-in", "storage");
  });
  let isClosing = false;
  server.addHook("preClose", async () => {
    isClosing = true;
  });
  // Else a gateway's connection would keep a stopped server up for as long as it is kept alive.
  server.addHook("onSend", async (_request, reply, payload) => {
    if (isClosing) reply.header("Connection", "close");
    return payload;
  });
  server.addHook("onResponse", async (request, { statusCode, elapsedTime }) => {
    if (!UNLOGGED.has(pathOf(request))) log("info", "request completed", { type: "request", method: request.method, path: pathOf(request), statusCode, elapsedTime });
  });
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((request, reply) => {
    const message = `Route ${request.method}:${request.url} not found`;
    return reply.status(404).send({ statusCode: "404", error: "Not Found", message, code: "InvalidRequest" });
  });
  server.get("/version", async (_request, reply) => reply.send(VERSION));
  server.get("/status", async (_request, reply) => reply.status(200).send());
  return server;
}

/** The port that the gateway speaks to. */
export function dataServer(app: App): FastifyInstance {
  const server = newServer(app);
  server.register(async (scope) => emptyBodies(scope, () => addRoutes(scope, app, bucketRoutes)), { prefix: "/bucket" });
  server.register(async (scope) => addRoutes(scope, app, [...readRoutes, ...signRoutes, ...changeRoutes, ...listRoutes]), { prefix: "/object" });
  server.register(async (scope) => {
    scope.register(multipart, { limits: { fields: 10, files: 1 }, throwFileSizeLimit: false });
    scope.addContentTypeParser(["application/json", "text/plain"], (_request, _payload, done) => done(null));
    addRoutes(scope, app, uploadRoutes);
  }, { prefix: "/object" });
  if (app.config.image.isEnabled) server.register(async (scope) => addRoutes(scope, app, imageRoutes), { prefix: "/render/image" });
  server.register(async (scope) => tusRoutes(scope, app), { prefix: app.config.tus.path });
  server.get("/health", { config: { operation: "" } }, async (request) => {
    await contextOf(app, request, "token");
    const { db } = await contextOf(app, request, "service");
    return { healthy: await isHealthy(db) };
  });
  for (const prefix of ["/s3", "/iceberg", "/vector", "/cdn"]) lackWhatIsBelow(server, prefix);
  return server;
}

export async function isHealthy(db: { query(text: string): Promise<unknown> }): Promise<boolean> {
  return db.query("select id from storage.buckets limit 1").then(() => true, () => false);
}

/** A DELETE with a JSON type and no body is a request of the clients. */
export function emptyBodies(scope: FastifyInstance, add: () => void): void {
  scope.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") return done(null, null);
    return scope.getDefaultJsonParser("error", "error")(request, body as string, done);
  });
  add();
}

export function lackWhatIsBelow(server: FastifyInstance, prefix: string): void {
  for (const url of [prefix, `${prefix}/*`]) {
    server.all(url, async (request) => {
      throw lacks(`${request.method} ${pathOf(request)}`);
    });
  }
}

/** The path alone: a query can hold a token. */
const pathOf = (request: FastifyRequest): string => request.url.split("?")[0]!;

const CODES: Record<string, string> = {
  FST_ERR_VALIDATION: "InvalidRequest", FST_ERR_CTP_EMPTY_JSON_BODY: "InvalidRequest", FST_ERR_CTP_INVALID_JSON_BODY: "InvalidRequest",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "InvalidRequest", FST_ERR_CTP_BODY_TOO_LARGE: "EntityTooLarge",
};

/** src/http/error-handler.ts */
function answerError(error: FastifyError, request: FastifyRequest, reply: any) {
  if (error instanceof StorageError) {
    if (error.statusCode >= 500) logError(error, request);
    // The rest of the body may never come; its connection ends with the answer.
    if (error.code === "EntityTooLarge") reply.header("Connection", "close");
    return reply.status(error.httpStatus).send(errorBody(error));
  }
  if (typeof error.statusCode === "number" && error.statusCode < 500) {
    const { statusCode, name, message, code } = error;
    return reply.status(statusCode).send({ statusCode: String(statusCode), error: name, message, code: CODES[code] ?? "InternalError" });
  }
  logError(error, request);
  return reply.status(500).send({ statusCode: "500", error: "Internal", message: "Internal Server Error", code: "InternalError" });
}

const logError = (error: Error, request: FastifyRequest): void =>
  log("error", error.message, { type: "request", method: request.method, path: pathOf(request), error: describe(error) });

// The chain of causes: Postgres' message is behind "database error, code: …".
const describe = (error: unknown): string =>
  error instanceof Error ? [error.message, ...(error.cause === undefined ? [] : [describe(error.cause)])].join(": ") : String(error);
