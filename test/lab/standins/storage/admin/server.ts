import type { FastifyInstance } from "fastify";
import type { App } from "../context.ts";
import { LATEST } from "../schema/list.ts";
import { emptyBodies, lackWhatIsBelow, newServer } from "../server.ts";
import type { Registry } from "../tenants/registry.ts";
import { tenantRoutes } from "./tenants.ts";

/** The port of SERVER_ADMIN_PORT (src/admin-app.ts): whoever reaches it needs one of the keys. */
export function adminServer(app: App, registry: Registry): FastifyInstance {
  const server = newServer(app);
  const keys = new Set(app.config.admin.apiKeys);
  const isOpen = (url: string) => url === "/status" || url === "/version";
  server.addHook("onRequest", async (request, reply) => {
    const { apikey } = request.headers;
    if (!isOpen(request.url) && (typeof apikey !== "string" || !keys.has(apikey))) return reply.status(401).send();
    return undefined;
  });
  server.register(async (scope) => emptyBodies(scope, () => tenantRoutes(scope, app, registry)), { prefix: "/tenants" });
  server.get("/migration-version", async () => ({ migrationVersion: LATEST }));
  for (const prefix of ["/migrations", "/s3", "/queue", "/metrics", "/debug"]) lackWhatIsBelow(server, prefix);
  return server;
}
