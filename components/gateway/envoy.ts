import { ROUTES, type Route, type ServiceName, type ServiceRoute } from "./routes.ts";

/** Where Envoy's changing files live inside the container, on a volume (facts/ops.md §3.3). */
export const LIVE_DIRECTORY = "/etc/envoy/live";
export const GATEWAY_PORT = 8000;
/** On loopback of the container: /config_dump shows every key. */
export const ADMIN_PORT = 9901;
/** Set by the Lua filter alone: "<project> <role>" of a key that it knows. */
const KEY_HEADER = "x-indie-key";

/** Where a service listens now. A container's own name, never an alias: then a changed file is the switch (facts/engine.md). */
export interface Endpoint {
  container: string;
  port: number;
  /** What the service is to take for the request's host. @default the client's */
  host?: string;
  /** Set on the project's requests to it, replacing what the client sent. May be secret. @default none */
  headers?: Record<string, string>;
}

/** One project's keys, and the tokens that stand behind the two that are no tokens. All secret. */
export interface GatewayKeys {
  anonKey: string;
  serviceRoleKey: string;
  publishableKey: string;
  publishableToken: string;
  secretKey: string;
  secretToken: string;
}

/** One project as the gateway sees it. Holds secrets: the keys. */
export interface ProjectFragment {
  /** The project's name. */
  name: string;
  /** Its own host and its domains, without a port. */
  hosts: readonly string[];
  keys: GatewayKeys;
  /** The services that it has. */
  services: Partial<Record<ServiceName, Endpoint>>;
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

type Role = "anon" | "service_role";

/** What the Lua filter finds under a key. The token is upstream's way: a client that sends the token itself is refused. */
export function keyContext({ name, keys }: Pick<ProjectFragment, "name" | "keys">): Record<string, { key: string; token?: string }> {
  return {
    [keys.anonKey]: { key: keyOf(name, "anon") },
    [keys.serviceRoleKey]: { key: keyOf(name, "service_role") },
    [keys.publishableKey]: { key: keyOf(name, "anon"), token: keys.publishableToken },
    [keys.secretKey]: { key: keyOf(name, "service_role"), token: keys.secretToken },
  };
}

/** A name holds no space (spec/names.ts), so that no project's word is the beginning of another's. */
const keyOf = (project: string, role: Role): string => `${project} ${role}`;

const perFilterConfig = (context: unknown) => ({
  "envoy.filters.http.lua": { "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute", filter_context: context },
});

const withKey = (route: Route, stringMatch: { exact: string } | { prefix: string }) => ({
  ...pathMatch(route),
  headers: [{ name: KEY_HEADER, string_match: stringMatch }],
});

function toService(route: ServiceRoute, match: object, { container, host, headers }: Endpoint) {
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

/** On the project's own host: a wrong key or none is 401, a right one that may not 403. */
function hostRoutes(route: Route, project: ProjectFragment) {
  const match = pathMatch(route);
  if ("status" in route) return [{ match, ...json(route.status, route.message) }];
  const endpoint = project.services[route.service];
  if (endpoint === undefined) return [{ match, ...json(404, "Not found") }];
  const anyKey = toService(route, withKey(route, { prefix: `${project.name} ` }), endpoint);
  const refused = { match, ...json(401, "Invalid API key") };
  switch (route.access) {
    case "open":
      return [toService(route, match, endpoint)];
    case "any-key":
      return [anyKey, refused];
    case "service-key":
      return [serviceKeyRoute(route, project, endpoint), { match: anyKey.match, ...json(403, "This needs the service key") }, refused];
  }
}

const serviceKeyRoute = (route: ServiceRoute, { name }: ProjectFragment, endpoint: Endpoint) =>
  toService(route, withKey(route, { exact: keyOf(name, "service_role") }), endpoint);

/** On the common host only a key says which project is meant, so that each request needs one (DESIGN §7). */
export function commonRoutes(project: ProjectFragment) {
  return ROUTES.flatMap((route) => {
    if ("status" in route) return [];
    const endpoint = project.services[route.service];
    if (endpoint === undefined) return [];
    const anyKey = withKey(route, { prefix: `${project.name} ` });
    if (route.access !== "service-key") return [toService(route, anyKey, endpoint)];
    return [serviceKeyRoute(route, project, endpoint), { match: anyKey, ...json(403, "This needs the service key") }];
  });
}

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
    typed_per_filter_config: perFilterConfig(keyContext(project)),
    routes: [PREFLIGHT, ...ROUTES.flatMap((route) => hostRoutes(route, project)), { match: { prefix: "/" }, ...json(404, "Not found") }],
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
    routes: [
      PREFLIGHT,
      ...ROUTES.filter((route) => "status" in route).map((route) => ({ match: pathMatch(route), ...json(route.status, route.message) })),
      COMMON_ROUTES_PLACEHOLDER,
      { match: { prefix: "/" }, ...json(401, "Invalid API key") },
    ],
    ...CORS,
    ...RETRY,
  });
}

/** The clusters of the project: one for each container that serves it now. */
export function clusters(endpoints: Endpoint[]) {
  return endpoints.map(({ container, port }) => ({
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

/** One for each container: two services may be one. */
const endpoints = ({ services }: ProjectFragment): Endpoint[] => [
  ...new Map(Object.values(services).map((endpoint) => [endpoint.container, endpoint])).values(),
];

/**
 * What the project's resource writes, line by line, so that fragment.sh can join the projects' texts without understanding them: its
 * hosts; the virtual host; its keys and its routes on the common host, as they stand between brackets; and a line "<name> <cluster>"
 * for each cluster. Secret.
 */
export function renderFragment(project: ProjectFragment): string {
  return lines(project.hosts, virtualHost(project), keyContext(project), commonRoutes(project), endpoints(project));
}

const lines = (hosts: readonly string[], host: object, keys: object, common: object[], endpoints: Endpoint[]): string =>
  [
    hosts.join(" "),
    JSON.stringify(host),
    ...[keys, common].map((value) => JSON.stringify(value).slice(1, -1)),
    ...clusters(endpoints).map((cluster) => `${cluster.name} ${JSON.stringify(cluster)}`),
    "",
  ].join("\n");

/** A project that a gateway of its own serves. */
export interface ForwardedProject {
  /** The project's name. */
  name: string;
  /** Secret. */
  keys: GatewayKeys;
  /** Its own gateway. */
  gateway: Endpoint;
}

/**
 * What the project's resource writes at the plane's gateway: at the common host its keys lead to its own gateway, as the client sent
 * them, which decides the rest. Secret.
 */
export function renderForward({ name, keys, gateway }: ForwardedProject): string {
  const context = Object.fromEntries(Object.entries(keyContext({ name, keys })).map(([key, { key: owner }]) => [key, { key: owner }]));
  const match = { prefix: "/", headers: [{ name: KEY_HEADER, string_match: { prefix: `${name} ` } }] };
  return lines([], {}, context, [{ match, route: { cluster: gateway.container, timeout: "0s" } }], [gateway]);
}
