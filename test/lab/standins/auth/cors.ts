import type { IncomingHttpHeaders } from "node:http";
import type { Config } from "./config.ts";

// rs/cors v1.11.0 with upstream's options (internal/api/api.go). `apikey` is not among them: behind a gateway it is the gateway's.
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const allowedHeaders = [
  ...["accept", "authorization", "content-type", "x-client-ip", "x-client-info", "x-jwt-aud", "x-use-cookie", "x-supabase-api-version"],
];

export function corsHeaders(method: string, headers: IncomingHttpHeaders): Record<string, string> {
  const vary = { Vary: "Origin" };
  if (!headers.origin || !(methods.includes(method) || method === "OPTIONS")) return vary;
  return {
    ...vary,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Total-Count, Link, X-Supabase-Api-Version",
    "Access-Control-Allow-Credentials": "true",
  };
}

/** A refused preflight is a 204 without the allowing headers. */
export function preflightHeaders(config: Config, headers: IncomingHttpHeaders): Record<string, string> {
  const vary = { Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" };
  const method = String(headers["access-control-request-method"]);
  const wanted = headers["access-control-request-headers"];
  const allowed = new Set([...allowedHeaders, ...config.corsAllowedHeaders.map((name) => name.toLowerCase())]);
  const refused = wanted !== undefined && wanted !== "" && !wanted.split(",").every((name) => allowed.has(name.trim()));
  if (!headers.origin || !(methods.includes(method) || method === "OPTIONS") || refused) return vary;
  return {
    ...vary,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": method,
    ...(wanted ? { "Access-Control-Allow-Headers": wanted } : {}),
    "Access-Control-Allow-Credentials": "true",
  };
}
