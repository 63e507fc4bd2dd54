// CORS as upstream has it (references/api/cors.rst; src/PostgREST/Cors.hs at v14.17).
import type { Config } from "./config.ts";
import type { HttpRequest } from "./request.ts";
import type { Headers, HttpResponse } from "./response.ts";

const METHODS = "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD";
const SIMPLE_HEADERS = ["Accept", "Accept-Language", "Content-Language"];
const EXPOSED = [
  "Content-Encoding", "Content-Location", "Content-Range", "Content-Type", "Date", "Location", "Server", "Transfer-Encoding", "Range-Unit",
].join(", ");

function originHeaders(origin: string, { corsAllowedOrigins }: Config): Headers | undefined {
  if (corsAllowedOrigins === undefined) return [["Access-Control-Allow-Origin", "*"]];
  if (!corsAllowedOrigins.includes(origin)) return undefined;
  return [["Access-Control-Allow-Origin", origin], ["Access-Control-Allow-Credentials", "true"]];
}

/** The answer to a preflight, before any look at a token. */
export function preflight({ method, headers }: HttpRequest, config: Config): HttpResponse | undefined {
  const origin = headers["origin"];
  if (method !== "OPTIONS" || origin === undefined || headers["access-control-request-method"] === undefined) return undefined;
  const allowed = originHeaders(origin, config);
  if (allowed === undefined) return undefined;
  const asked = (headers["access-control-request-headers"] ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  return {
    status: 200,
    headers: [
      ...allowed,
      ["Access-Control-Allow-Methods", METHODS],
      ["Access-Control-Allow-Headers", ["Authorization", ...asked, ...SIMPLE_HEADERS].join(", ")],
      ["Access-Control-Max-Age", "86400"],
      ["Content-Length", "0"],
    ],
    body: "",
  };
}

export function corsHeaders({ headers }: HttpRequest, config: Config): Headers {
  const origin = headers["origin"];
  const allowed = origin === undefined ? undefined : originHeaders(origin, config);
  return allowed === undefined ? [] : [...allowed, ["Access-Control-Expose-Headers", EXPOSED]];
}
