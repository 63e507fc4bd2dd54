import {
  COMMON_FIRST,
  COMMON_LAST,
  commonDecisions,
  type Decision,
  type Endpoint,
  endpoints,
  hostDecisions,
  knownKeys,
  type OwnerMatch,
  type ProjectFragment,
  type ServingRoute,
} from "./decisions.ts";
import type { Matched } from "./routes.ts";

/** Where Envoy's changing files live inside the container, on a volume (facts/ops.md §3.3). */
export const LIVE_DIRECTORY = "/etc/envoy/live";
/** On loopback of the container: /config_dump shows every key. */
export const ADMIN_PORT = 9901;
/** Set by the Lua filter alone: "<project> <role>" of a key that it knows. */
const KEY_HEADER = "x-indie-key";

const json = (status: number, message: string) => ({
  direct_response: { status, body: { inline_string: JSON.stringify({ message }) } },
  response_headers_to_add: [setHeader("content-type", "application/json")],
});

const setHeader = (key: string, value: string) => ({
  header: { key, value },
  append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
});

/**
 * Answered before any key is asked for, because a browser sends none with a preflight (DESIGN §13.12). It echoes the headers that
 * were asked for: by the Fetch standard a literal `*` would not cover `authorization`.
 */
const PREFLIGHT = {
  match: {
    prefix: "/",
    headers: [
      { name: ":method", string_match: { exact: "OPTIONS" } },
      { name: "access-control-request-method", present_match: true },
    ],
  },
  direct_response: { status: 204 },
  response_headers_to_add: [
    setHeader("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,OPTIONS,HEAD"),
    setHeader("access-control-allow-headers", "%REQ(access-control-request-headers)%"),
    setHeader("access-control-max-age", "3600"),
  ],
};

function pathMatch(route: Matched) {
  if (route.exact) return { path: route.path };
  return route.path.endsWith("/") ? { prefix: route.path } : { path_separated_prefix: route.path };
}

const perFilterConfig = (context: unknown) => ({
  "envoy.filters.http.lua": { "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute", filter_context: context },
});

const withKey = (route: Matched, owner: OwnerMatch) => ({
  ...pathMatch(route),
  headers: [{ name: KEY_HEADER, string_match: owner }],
});

const EVERY_PATH = { prefix: "/" };

function matchOf({ route, owner }: Decision) {
  if (route === undefined) return EVERY_PATH;
  return owner === undefined ? pathMatch(route) : withKey(route, owner);
}

function renderDecision(decision: Decision) {
  const match = matchOf(decision);
  if ("endpoint" in decision) return toService(decision.route, match, decision.endpoint);
  return { match, ...json(decision.refusal.status, decision.refusal.message) };
}

function toService(route: ServingRoute, match: object, { container, host, headers }: Endpoint) {
  return {
    match,
    route: {
      cluster: container,
      prefix_rewrite: route.rewrite,
      timeout: `${route.timeoutSeconds}s`,
      ...(host === undefined ? {} : { host_rewrite_literal: host }),
    },
    request_headers_to_add: Object.entries({ ...route.requestHeaders, ...headers }).map(([key, value]) => setHeader(key, value)),
    request_headers_to_remove: [KEY_HEADER],
  };
}

/** The project's routes on the common host. */
export const commonRoutes = (project: ProjectFragment) => commonDecisions(project).map(renderDecision);

const CORS = {
  // Overwritten, not added: services send CORS headers too, and two of them are none to a browser.
  response_headers_to_add: [setHeader("access-control-allow-origin", "*"), setHeader("access-control-expose-headers", "*")],
  response_headers_to_remove: ["access-control-allow-credentials"],
};

// Only what certainly never reached the service is sent again, so a POST is safe (facts/ops.md §3.2).
const RETRY = { retry_policy: { retry_on: "connect-failure,refused-stream,reset-before-request", num_retries: 2 } };

/** The project's virtual host. Which of its hosts are its own now fragment.sh says, which knows who else names them. */
export function virtualHost(project: ProjectFragment) {
  return {
    name: project.name,
    domains: DOMAINS_PLACEHOLDER,
    typed_per_filter_config: perFilterConfig(knownKeys(project)),
    routes: [PREFLIGHT, ...hostDecisions(project).map(renderDecision)],
    ...CORS,
    ...RETRY,
  };
}

/** Stands for the hosts in a virtual host's text. */
const DOMAINS_PLACEHOLDER = "@DOMAINS@";

/** Placeholders of the common host's text, that fragment.sh puts the projects' parts in the place of. */
export const COMMON_CONTEXT_PLACEHOLDER = "@CONTEXT@";
export const COMMON_ROUTES_PLACEHOLDER = "@COMMON_ROUTES@";

/** The host of all projects, `api.<domain>`, known by the key alone. */
export function renderCommonHost(hosts: readonly string[]): string {
  return JSON.stringify({
    name: "common",
    domains: hosts,
    typed_per_filter_config: perFilterConfig(COMMON_CONTEXT_PLACEHOLDER),
    routes: [PREFLIGHT, ...COMMON_FIRST.map(renderDecision), COMMON_ROUTES_PLACEHOLDER, renderDecision(COMMON_LAST)],
    ...CORS,
    ...RETRY,
  });
}

/** The clusters of the project: one for each container that serves it now. */
export function clusters(project: ProjectFragment) {
  return endpoints(project).map(({ container, port }) => ({
    name: container,
    connect_timeout: "5s",
    cluster_type: {
      name: "envoy.clusters.dns",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster",
        // A container that Docker restarts may come back with another address.
        dns_refresh_rate: "2s",
        dns_failure_refresh_rate: { base_interval: "0.2s", max_interval: "2s" },
        typed_dns_resolver_config: {
          name: "envoy.network.dns_resolver.cares",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig" },
        },
      },
    },
    dns_lookup_family: "V4_ONLY",
    load_assignment: {
      cluster_name: container,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: container, port_value: port } } } }] }],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http_protocol_options: {} },
        // Shorter than any service's own: PostgREST's server closes an idle connection after 30 s, and a request
        // that meets the close is lost.
        common_http_protocol_options: { idle_timeout: "20s" },
      },
    },
    circuit_breakers: { thresholds: [{ max_connections: 10000, max_pending_requests: 10000, max_requests: 10000 }] },
  }));
}

/**
 * What the project's resource writes, line by line, so that fragment.sh can join the projects' texts without understanding them: its
 * hosts; the virtual host; its keys and its routes on the common host, as they stand between brackets; and a line "<name> <cluster>"
 * for each cluster. Secret.
 */
export function renderFragment(project: ProjectFragment): string {
  const common = [JSON.stringify(knownKeys(project)), JSON.stringify(commonRoutes(project))].map((text) => text.slice(1, -1));
  const lines = clusters(project).map((cluster) => `${cluster.name} ${JSON.stringify(cluster)}`);
  return [project.hosts.join(" "), JSON.stringify(virtualHost(project)), ...common, ...lines, ""].join("\n");
}
