import { decrypt } from "./crypto.ts";
import { HttpError, unauthorized } from "./errors.ts";
import type { Handler, Request } from "./request.ts";
import { type Claims, TokenError, verify, verifyConnection } from "./jwt.ts";
import type { Tenant } from "./metadata/tenant.ts";

/** A token of one of the secrets; upstream asks for no role (facts/tenancy.md §1.1). */
function checkAuth({ headers }: Request, secrets: string[], blocklist: string[]): void {
  const bearer = /^Bearer (.*)$/s.exec(headers.authorization ?? "");
  const token = bearer?.[1] ?? "";
  const isTaken = !blocklist.includes(token) && secrets.some((secret) => secret !== "" && verifies(token, secret));
  if (!isTaken) throw new HttpError(403);
}

function verifies(token: string, secret: string): boolean {
  try {
    verify(token, secret, null);
    return true;
  } catch (error) {
    if (error instanceof TokenError) return false;
    throw error;
  }
}

export const withApiToken = (handler: Handler): Handler => async (request) => {
  checkAuth(request, request.app.config.apiJwtSecrets, request.app.config.apiTokenBlocklist);
  return handler(request);
};

export const withMetricsToken = (handler: Handler): Handler => async (request) => {
  checkAuth(request, [request.app.config.metricsJwtSecret], request.app.config.metricsTokenBlocklist);
  return handler(request);
};

/** The tenant that Host names, with upstream's headers of its limits. */
export const withTenant = (handler: (request: Request, tenant: Tenant) => ReturnType<Handler>): Handler => async (request) => {
  const tenant = await request.app.tenants.cached(request.externalId);
  if (tenant === undefined) throw new HttpError(401, { message: "Tenant not found in database" });
  const reply = await handler(request, tenant);
  const limit = String(tenant.max_events_per_second);
  return { ...reply, headers: { "x-rate-rolling": "0", "x-rate-limit": limit, "x-rate-limit-remaining": limit, ...reply.headers } };
};

/** Who asks a tenant: `Authorization: Bearer`, else `apikey`. @throws 401 */
export function callerOf({ app, headers }: Request, tenant: Tenant): Claims {
  const bearer = /^bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const token = bearer ?? headers["apikey"];
  if (typeof token !== "string" || tenant.jwt_secret === null) throw unauthorized();
  try {
    return verifyConnection(token, decrypt(app.config.encryption, tenant.jwt_secret), tenant.jwt_jwks);
  } catch (error) {
    if (error instanceof TokenError) throw unauthorized();
    throw error;
  }
}
