/**
 * The one table of what a project's address answers. Envoy is rendered from it (envoy.ts).
 * Source: supabase/supabase docker/volumes/api/envoy @1f37f2a9 (facts/upstream.md §2.2); where we differ, the line says why.
 */

export type ServiceName = "auth" | "rest";

/** Who may: anyone; a request with one of the project's two keys; only one with its service key; nobody. */
export type Access = "open" | "any-key" | "service-key";

export interface Route {
  /** A path that ends in `/` is a prefix; any other is that path or what lies below it. */
  path: string;
  /** Only exactly this path. @default false */
  exact?: boolean;
  service: ServiceName;
  /** What the service sees in place of `path`. */
  rewrite: string;
  access: Access;
  /** From the end of the request to the end of the response. */
  timeoutSeconds: number;
  /** Set on the request, replacing what the client sent. */
  requestHeaders?: Record<string, string>;
}

/** Upstream cuts REST off after 30 s too; a slow report of a service key is legitimate, and Postgres has its own limits. */
const REST_TIMEOUT_SECONDS = 150;
const AUTH_TIMEOUT_SECONDS = 30;

const auth = (path: string, access: Access): Route => ({
  path: `/auth/v1${path}`,
  service: "auth",
  rewrite: path,
  access,
  timeoutSeconds: AUTH_TIMEOUT_SECONDS,
});

const rest = (path: string, rewrite: string, access: Access, more: Partial<Route> = {}): Route => ({
  path,
  service: "rest",
  rewrite,
  access,
  timeoutSeconds: REST_TIMEOUT_SECONDS,
  ...more,
});

/** In order: the first that matches decides. */
export const ROUTES: readonly Route[] = [
  // A browser comes to these by a link in a mail or a redirect of a provider: it can send no key.
  auth("/verify", "open"),
  auth("/callback", "open"),
  auth("/authorize", "open"),
  auth("/.well-known/jwks.json", "open"),
  auth("/sso/saml/acs", "open"),
  auth("/sso/saml/metadata", "open"),
  auth("/", "any-key"),
  // The OpenAPI description lists every table: service key only (upstream discussion 42949).
  rest("/rest/v1/", "/", "service-key", { exact: true }),
  rest("/rest/v1/", "/", "any-key"),
  rest("/graphql/v1", "/rpc/graphql", "any-key", { requestHeaders: { "content-profile": "graphql_public" } }),
];
