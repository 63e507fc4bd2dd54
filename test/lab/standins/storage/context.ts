import type { FastifyRequest } from "fastify";
import type { Config } from "./config.ts";
import { Database, type Scope } from "./database/session.ts";
import type { Pools } from "./database/pools.ts";
import { errors } from "./errors.ts";
import type { FileStore } from "./files/store.ts";
import type { Tenant, Tenants } from "./tenants/tenant.ts";
import { type Claims, verifyToken } from "./tokens.ts";

/** What every request shares. */
export type App = { readonly config: Config; readonly tenants: Tenants; readonly pools: Pools; readonly files: FileStore };

/** What guards have found out about a request. */
export type Context = {
  readonly app: App;
  readonly tenant: Tenant;
  readonly db: Database;
  readonly isAuthenticated: boolean;
  /** The token's `sub`. */
  readonly owner: string | undefined;
};

/** How a route wants its caller: with a token; with or without one (a public bucket answers all); or whoever it is, as the service role. */
export type Guard = "token" | "any" | "service";

type Caller = { scope: Scope; isAuthenticated: boolean; owner?: string };

/** @throws StorageError when the caller has no token that the tenant's keys verify, and the route wants one */
export async function contextOf(app: App, request: FastifyRequest, guard: Guard): Promise<Context> {
  const tenant = await app.tenants.ready(tenantIdOf(app.config, request));
  const { serviceRole } = app.config.jwt;
  const superUser: Scope = { role: serviceRole, jwt: tenant.serviceKey, claims: { role: serviceRole } };
  const caller = guard === "service" ? { scope: superUser, isAuthenticated: false } : await callerOf(app.config, tenant, request, guard);
  const db = new Database({
    pool: app.pools.of(tenant),
    user: caller.scope,
    superUser,
    info: { headers: request.headers, method: request.method, path: request.url, operation: request.routeOptions.config?.operation ?? "" },
    statementMs: app.config.database.statementMs,
  });
  return { app, tenant, db, isAuthenticated: caller.isAuthenticated, owner: caller.owner };
}

async function callerOf({ jwt }: Config, tenant: Tenant, request: FastifyRequest, guard: Guard): Promise<Caller> {
  const token = (request.headers.authorization ?? "").replace(/^Bearer\s+/i, "");
  const anonymous: Caller = { scope: { role: jwt.anonRole, jwt: token, claims: { role: "anon" } }, isAuthenticated: false };
  if (token === "" && guard === "any") return anonymous;
  try {
    const claims: Claims = await verifyToken(token, tenant, jwt.algorithm);
    const role = typeof claims.role === "string" ? claims.role : jwt.anonRole;
    return { scope: { role, jwt: token, claims }, isAuthenticated: true, owner: claims.sub };
  } catch (error) {
    if (guard === "any") return anonymous;
    throw error;
  }
}

/**
 * Group 1 of the pattern in X-Forwarded-Host (src/http/plugins/tenant-id.ts). The gateway must set that header itself: two of them come
 * joined by a comma, which an anchored pattern refuses.
 */
export function tenantIdOf({ isMultitenant, tenantId, server }: Config, request: FastifyRequest): string {
  if (!isMultitenant) return tenantId;
  const host = request.headers["x-forwarded-host"];
  const found = typeof host === "string" ? server.forwardedHost?.exec(host)?.[1] : undefined;
  if (found === undefined || found === "") throw errors.tenantNotFound("Invalid tenant id");
  return found;
}
