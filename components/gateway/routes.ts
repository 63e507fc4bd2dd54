/**
 * The one table of what a project's address answers. Envoy is rendered from it (envoy.ts).
 * Source: supabase/supabase docker/volumes/api/envoy @1f37f2a9 (facts/upstream.md §2.2); where we differ, the line says why.
 */

export type ServiceName = "auth" | "rest" | "realtime" | "storage" | "meta";

/** Who may: anyone; a request with one of the project's keys; only one with its service key; nobody. */
export type Access = "open" | "any-key" | "service-key";

export interface Matched {
  /** A path that ends in `/` is a prefix; any other is that path or what lies below it. */
  path: string;
  /** Only exactly this path. @default false */
  exact?: boolean;
}

/** A path that a service answers. 404 where the project has no such service. */
export interface ServiceRoute extends Matched {
  service: ServiceName;
  /** What the service sees in place of `path`. */
  rewrite: string;
  access: Access;
  /** From the end of the request to the end of the response; 0 = no limit, a connection that is silent for 5 minutes ends. */
  timeoutSeconds: number;
  /** Set on the request, replacing what the client sent. */
  requestHeaders?: Record<string, string>;
}

/** A path that the gateway answers itself, whoever asks. */
export interface RefusedRoute extends Matched {
  status: 403 | 501;
  message: string;
}

export type Route = ServiceRoute | RefusedRoute;

/** Upstream cuts REST off after 30 s too; a slow report of a service key is legitimate, and Postgres has its own limits. */
const REST_TIMEOUT_SECONDS = 150;
const TIMEOUT_SECONDS = 30;
/** Upstream's 30 s would cut a long download, and a websocket. */
const NO_TIMEOUT = 0;

const auth = (path: string, access: Access): Route => ({
  path: `/auth/v1${path}`,
  service: "auth",
  rewrite: path,
  access,
  timeoutSeconds: TIMEOUT_SECONDS,
});

const rest = (path: string, rewrite: string, access: Access, more: Partial<ServiceRoute> = {}): Route => ({
  path,
  service: "rest",
  rewrite,
  access,
  timeoutSeconds: REST_TIMEOUT_SECONDS,
  ...more,
});

const denied = (path: string): Route => ({ path, status: 403, message: "Not from outside" });

/** In order: the first that matches decides. */
export const ROUTES: readonly Route[] = [
  // A browser comes to these by a link in a mail or a redirect of a provider: it can send no key.
  auth("/verify", "open"),
  auth("/callback", "open"),
  auth("/authorize", "open"),
  auth("/.well-known/jwks.json", "open"),
  // By RFC 8414 it stands before the issuer's path, `/auth/v1`.
  {
    path: "/.well-known/oauth-authorization-server",
    service: "auth",
    rewrite: "/.well-known/oauth-authorization-server",
    access: "open",
    timeoutSeconds: TIMEOUT_SECONDS,
  },
  auth("/sso/saml/acs", "open"),
  auth("/sso/saml/metadata", "open"),
  { path: "/functions/v1", status: 501, message: "Edge functions are not in this version" },
  // A public file and a signed URL have no key; Storage asks for its own token where one is needed.
  {
    path: "/storage/v1/",
    service: "storage",
    rewrite: "/",
    access: "open",
    timeoutSeconds: NO_TIMEOUT,
    requestHeaders: { "x-forwarded-prefix": "/storage/v1" },
  },
  auth("/", "any-key"),
  // The OpenAPI description lists every table: service key only (upstream discussion 42949).
  rest("/rest/v1/", "/", "service-key", { exact: true }),
  rest("/rest/v1/", "/", "any-key"),
  rest("/graphql/v1", "/rpc/graphql", "any-key", { requestHeaders: { "content-profile": "graphql_public" } }),
  denied("/realtime/v1/api/openapi"),
  // Its own token would do: Realtime asks for no role in it (facts/tenancy.md §1.1).
  denied("/realtime/v1/api/tenants"),
  { path: "/realtime/v1/api", service: "realtime", rewrite: "/api", access: "any-key", timeoutSeconds: TIMEOUT_SECONDS },
  { path: "/realtime/v1/", service: "realtime", rewrite: "/socket/", access: "any-key", timeoutSeconds: NO_TIMEOUT },
  { path: "/pg/", service: "meta", rewrite: "/", access: "service-key", timeoutSeconds: REST_TIMEOUT_SECONDS },
  denied("/api/mcp"),
  denied("/mcp"),
];
