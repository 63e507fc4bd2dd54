import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type App, type Context, contextOf, type Guard } from "../context.ts";
import { token } from "../schemas.ts";

export type Handler = (context: Context, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export type Route = {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  /** What policies read from storage.operation() (src/http/routes/operations.ts). */
  readonly operation: string;
  readonly guard: Guard;
  readonly schema?: Record<string, unknown>;
  readonly run: Handler;
};

/** A missing header is refused by the schema, before the guard looks at it, as upstream does. */
const headersOf = ({ guard, schema }: Route) => (guard === "token" && schema?.headers === undefined ? { headers: token } : {});

export function addRoutes(server: FastifyInstance, app: App, routes: readonly Route[]): void {
  for (const route of routes) {
    server.route({
      method: route.method,
      url: route.url,
      exposeHeadRoute: false,
      config: { operation: route.operation },
      schema: { ...route.schema, ...headersOf(route) },
      handler: async (request, reply) => route.run(await contextOf(app, request, route.guard), request, reply),
    });
  }
}
