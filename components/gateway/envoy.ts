import { ROUTES, type Route, type ServiceName } from "./routes.ts";

/** Where Envoy's changing files live inside the container, on a volume (facts/ops.md §3.3). */
export const LIVE_DIRECTORY = "/etc/envoy/live";
export const GATEWAY_PORT = 8000;
/** On loopback of the container: /config_dump shows every key. */
export const ADMIN_PORT = 9901;

/** Where a service listens now. A container's own name, never an alias: then a changed file is the switch (facts/engine.md). */
export interface Endpoint {
  container: string;
  port: number;
}

/** One project as the gateway sees it. Holds secrets: the keys. */
export interface ProjectFragment {
  /** The project's name. */
  name: string;
  /** Its own host and its domains, without a port. */
  hosts: readonly string[];
  anonKey: string;
  serviceRoleKey: string;
  services: Record<ServiceName, Endpoint>;
}

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

function pathMatch(route: Route) {
  if (route.exact) return { path: route.path };
  return route.path.endsWith("/") ? { prefix: route.path } : { path_separated_prefix: route.path };
}

/** The keys that open a route; `undefined` stands for "no key asked". */
function keysFor(route: Route, project: ProjectFragment): (string | undefined)[] {
  switch (route.access) {
    case "open":
      return [undefined];
    case "any-key":
      return [project.anonKey, project.serviceRoleKey];
    case "service-key":
      return [project.serviceRoleKey];
  }
}

/** A request that reached the path, with a wrong key or none. 403: a right key, but not the one that may. */
function refusals(route: Route, project: ProjectFragment) {
  const match = pathMatch(route);
  const refuse = { match, ...json(401, "Invalid API key") };
  if (route.access === "open") return [];
  if (route.access === "any-key") return [refuse];
  return [{ match: withKey(match, project.anonKey), ...json(403, "This needs the service key") }, refuse];
}

const withKey = (match: object, key: string) => ({
  ...match,
  headers: [{ name: "apikey", string_match: { exact: key } }],
});

function envoyRoutes(route: Route, project: ProjectFragment) {
  const allowed = keysFor(route, project).map((key) => ({
    match: key === undefined ? pathMatch(route) : withKey(pathMatch(route), key),
    route: {
      cluster: project.services[route.service].container,
      prefix_rewrite: route.rewrite,
      timeout: `${route.timeoutSeconds}s`,
    },
    request_headers_to_add: Object.entries(route.requestHeaders ?? {}).map(([key, value]) => setHeader(key, value)),
  }));
  return [...allowed, ...refusals(route, project)];
}

/** The project's virtual host. */
export function virtualHost(project: ProjectFragment) {
  return {
    name: project.name,
    domains: [...project.hosts],
    routes: [PREFLIGHT, ...ROUTES.flatMap((route) => envoyRoutes(route, project)), { match: { prefix: "/" }, ...json(404, "Not found") }],
    // Overwritten, not added: services send CORS headers too, and two of them are none to a browser.
    response_headers_to_add: [
      setHeader("access-control-allow-origin", "*"),
      setHeader("access-control-expose-headers", "*"),
    ],
    response_headers_to_remove: ["access-control-allow-credentials"],
    // Only what certainly never reached the service is sent again, so a POST is safe (facts/ops.md §3.2).
    retry_policy: { retry_on: "connect-failure,refused-stream,reset-before-request", num_retries: 2 },
  };
}

/** The clusters of the project: one for each container that serves it now. */
export function clusters(project: ProjectFragment) {
  return Object.values(project.services).map(({ container, port }) => ({
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
 * What the project's resource writes: the virtual host on the first line, then a line "<name> <cluster>" for each cluster, so that
 * fragment.sh can join the projects' texts without understanding them. Secret.
 */
export function renderFragment(project: ProjectFragment): string {
  const lines = clusters(project).map((cluster) => `${cluster.name} ${JSON.stringify(cluster)}`);
  return [JSON.stringify(virtualHost(project)), ...lines, ""].join("\n");
}
