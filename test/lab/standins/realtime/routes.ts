import { withApiToken, withMetricsToken, withTenant } from "./guards.ts";
import { broadcast, broadcastSingle, preflight } from "./handlers/broadcast.ts";
import * as tenants from "./handlers/tenants.ts";
import { type Handler, missing } from "./request.ts";

type Route = { method: string; path: RegExp; handler: Handler };

const route = (method: string, path: string, handler: Handler): Route => ({
  method,
  path: new RegExp(`^${path.replace(/\/\*$/, "(?:/.*)?").replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`),
  handler,
});

const openapi = missing("GET /api/openapi");
/** Upstream: lib/realtime_web/router.ex (v2.129.8). */
const routes: readonly Route[] = [
  route("GET", "/healthcheck", async () => ({ status: 200, text: "ok" })),
  route("GET", "/api/tenants", withApiToken(tenants.index)),
  route("POST", "/api/tenants", withApiToken(tenants.create)),
  route("GET", "/api/tenants/:tenant_id", withApiToken(tenants.show)),
  route("PUT", "/api/tenants/:tenant_id", withApiToken(tenants.update)),
  route("PATCH", "/api/tenants/:tenant_id", withApiToken(tenants.update)),
  route("DELETE", "/api/tenants/:tenant_id", withApiToken(tenants.remove)),
  route("POST", "/api/tenants/:tenant_id/reload", withApiToken(tenants.reload)),
  route("POST", "/api/tenants/:tenant_id/shutdown", withApiToken(tenants.shutdown)),
  route("GET", "/api/tenants/:tenant_id/health", withApiToken(tenants.health)),
  route("GET", "/api/ping", withTenant(async () => ({ status: 200, json: { message: "Success" } }))),
  route("POST", "/api/broadcast", withTenant(broadcast)),
  route("OPTIONS", "/api/broadcast", preflight),
  route("POST", "/api/broadcast/:topic/events/:event", withTenant(broadcastSingle)),
  route("OPTIONS", "/api/broadcast/:topic/events/:event", preflight),
  route("GET", "/metrics", withMetricsToken(missing("GET /metrics"))),
  route("GET", "/metrics/:region", withMetricsToken(missing("GET /metrics/:region"))),
  route("GET", "/api/openapi", openapi),
  route("GET", "/swaggerui", openapi),
  // Upstream's pages are for people; the first is what a gateway's health check asks (facts/upstream.md), so it answers.
  route("GET", "/", async () => ({ status: 200, text: "lab-realtime: a stand-in for Realtime, not Realtime; it has no inspector\n" })),
  route("GET", "/status", missing("GET /status")),
  route("GET", "/inspector/*", missing("GET /inspector")),
  route("GET", "/admin/*", missing("/admin/dashboard")),
  route("GET", "/socket/longpoll", missing("long polling")),
  route("POST", "/socket/longpoll", missing("long polling")),
];

export function match(method: string, path: string): { params: Record<string, string>; handler: Handler } | undefined {
  const found = routes.find((each) => each.method === method && each.path.test(path));
  if (found === undefined) return undefined;
  const groups = Object.entries(found.path.exec(path)!.groups ?? {});
  return { params: Object.fromEntries(groups.map(([name, value]) => [name, decoded(value)])), handler: found.handler };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
