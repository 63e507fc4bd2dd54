/**
 * One table of requests for every gateway: each path of the table of routes and its neighbours, with each kind of key, at each kind of
 * host. Pure: it knows no gateway, so that it can be sent to any (ask.ts), and read by a model of one.
 */
import type { GatewayKeys } from "../../../components/gateway/decisions.ts";
import { ROUTES } from "../../../components/gateway/routes.ts";

/** Whom the requests are for. */
export interface GatewayWorld {
  keys: GatewayKeys;
  /** Another project's. */
  otherKeys: GatewayKeys;
  /** Of a project that another gateway serves. */
  keysElsewhere: GatewayKeys;
  /** The project's own host, and a domain of its. */
  ownHost: string;
  domain: string;
  otherHost: string;
  commonHost: string;
  /** Nobody's. */
  unknownHost: string;
}

export interface GatewayRequest {
  /** What the test is called. */
  name: string;
  method: string;
  host: string;
  /** Path and query, sent as they are. */
  target: string;
  /** In order, and one name may stand twice. Without host. */
  headers: [string, string][];
}

const PREFLIGHT: [string, string] = ["access-control-request-method", "POST"];
const UPGRADE: [string, string][] = [["connection", "Upgrade"], ["upgrade", "websocket"]];
const USER_TOKEN = "Bearer eyJhbGciOiJIUzI1NiJ9.user.signature";

/** What a client sends of its own. */
interface Sent {
  headers?: [string, string][];
  query?: string;
  method?: string;
}

/** What a client may send of keys: headers, and what is in the query. */
function keyKinds({ keys, otherKeys }: GatewayWorld): Record<string, Sent> {
  const apikey = (...values: string[]) => ({ headers: values.map((value): [string, string] => ["apikey", value]) });
  return {
    "no key": {},
    anon: apikey(keys.anonKey),
    service: apikey(keys.serviceRoleKey),
    publishable: apikey(keys.publishableKey),
    secret: apikey(keys.secretKey),
    "another's anon": apikey(otherKeys.anonKey),
    "another's service": apikey(otherKeys.serviceRoleKey),
    "another's secret": apikey(otherKeys.secretKey),
    garbage: apikey("garbage"),
    "two keys": apikey(keys.anonKey, keys.serviceRoleKey),
    "anon in the query": { query: `apikey=${keys.anonKey}` },
    "secret last in the query": { query: `a=1&apikey=${keys.secretKey}` },
    "raw internal token": apikey(keys.secretToken),
  };
}

/** Keys of a project that another gateway serves: at the common host they lead there. */
function elsewhereKinds({ keysElsewhere, keys }: GatewayWorld): Record<string, Sent> {
  const apikey = (...values: string[]) => ({ headers: values.map((value): [string, string] => ["apikey", value]) });
  return {
    "anon of elsewhere": apikey(keysElsewhere.anonKey),
    "secret of elsewhere": apikey(keysElsewhere.secretKey),
    "secret of elsewhere in the query": { query: `apikey=${keysElsewhere.secretKey}` },
    "raw internal token of elsewhere": apikey(keysElsewhere.secretToken),
    "anon, and anon of elsewhere": apikey(keys.anonKey, keysElsewhere.anonKey),
    "websocket with publishable of elsewhere": { headers: [...UPGRADE, ["apikey", keysElsewhere.publishableKey]] },
  };
}

/** What else could mislead a gateway; asked of few paths. */
function oddKinds({ keys }: GatewayWorld): Record<string, Sent> {
  const with_ = (...headers: [string, string][]) => ({ headers });
  return {
    "an empty key": with_(["apikey", ""]),
    "an empty key, anon in the query": { headers: [["apikey", ""]], query: `apikey=${keys.anonKey}` },
    "an empty key in the query": { query: "apikey=" },
    "anon, and a user's token": with_(["apikey", keys.anonKey], ["authorization", USER_TOKEN]),
    "secret, and itself as the token": with_(["apikey", keys.secretKey], ["authorization", `Bearer ${keys.secretKey}`]),
    "anon, and another scheme": with_(["apikey", keys.anonKey], ["authorization", "Basic YTpi"]),
    "a user's token alone": with_(["authorization", USER_TOKEN]),
    "service as the token alone": with_(["authorization", `Bearer ${keys.serviceRoleKey}`]),
    "the same key twice": with_(["apikey", keys.anonKey], ["apikey", keys.anonKey]),
    "anon in the header, service in the query": { headers: [["apikey", keys.anonKey]], query: `apikey=${keys.serviceRoleKey}` },
    "what the gateway notes": with_(
      ["x-indie-key", "blog service_role"],
      ["x_indie_key", "blog service_role"],
      ["indieowner", "blog service_role"],
      ["indiesite", "blog"],
      ["x-api-key", "forged"],
    ),
    "anon, and what the gateway notes": with_(
      ["indieowner", "blog service_role"],
      ["apikey", keys.anonKey],
      ["indieowner", "x"],
      ["x-api-key", "forged"],
    ),
    "a second key behind many headers": with_(
      ["apikey", keys.anonKey],
      ...Array.from({ length: 80 }, (_, index): [string, string] => [`x-${index}`, "1"]),
      ["apikey", keys.serviceRoleKey],
    ),
    preflight: { method: "OPTIONS", ...with_(PREFLIGHT, ["access-control-request-headers", "authorization,apikey"]) },
    "preflight with two keys": { method: "OPTIONS", ...with_(PREFLIGHT, ["apikey", "a"], ["apikey", "b"]) },
    "OPTIONS that is no preflight": { method: "OPTIONS" },
    "POST with anon": { method: "POST", ...with_(["apikey", keys.anonKey]) },
    "DELETE with secret": { method: "DELETE", ...with_(["apikey", keys.secretKey]) },
    "websocket without a key": with_(...UPGRADE),
    "websocket with anon in the query": { ...with_(...UPGRADE), query: `apikey=${keys.anonKey}&vsn=1.0.0` },
    "websocket with publishable": with_(...UPGRADE, ["apikey", keys.publishableKey]),
  };
}

/** Of each route its path, what lies below it, what only begins like it, and itself without the slash. */
const ROUTE_PATHS = [
  ...new Set(
    ROUTES.flatMap(({ path }) =>
      path.endsWith("/") ? [path, `${path}x/y`, path.slice(0, -1)] : [path, `${path}/x`, `${path}/`, `${path}X`],
    ),
  ),
];

const ODD_PATHS = [
  "/",
  "/analytics/v1/endpoints",
  "//rest/v1//notes",
  "/rest/v1/notes?select=*&id=eq.1",
  "/rest/v1/?apikeys=1",
  "/rest/v1/a%20b",
  "/rest/v1/a%2Fb",
  "/rest/v1/a%5cb",
  "/rest/v1/../../pg/query",
  "/storage/v1/../../rest/v1/notes",
  "/auth/v1/verify/../token",
  "/auth/v1/./settings",
  "/rest/v1/.",
  "/rest/v1/%2e%2e/%2E%2E/pg/query",
  "/realtime/v1/api/x/../tenants",
  "/realtime/v1/api//tenants",
  "/realtime/v1/api/%74enants",
  "/%72est/v1/notes",
  "/%6dcp",
  "/rest/v1/%C3%A9~%7e|",
  "/rest/v1/a%00b",
];

const FEW_PATHS = [
  "/auth/v1/verify",
  "/auth/v1/token",
  "/rest/v1/",
  "/rest/v1/notes",
  "/graphql/v1",
  "/storage/v1/object/a",
  "/realtime/v1/websocket",
  "/pg/query",
  "/mcp",
];

const withQuery = (path: string, query?: string): string =>
  query === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}${query}`;

export function gatewayRequests(world: GatewayWorld): GatewayRequest[] {
  const { ownHost, domain, otherHost, commonHost, unknownHost } = world;
  const request = (host: string, path: string, kind: string, { headers = [], query, method = "GET" }: Sent): GatewayRequest => ({
    name: `${method} ${host} ${path}, ${kind}`,
    method,
    host,
    target: withQuery(path, query),
    headers,
  });
  const all = (hosts: string[], paths: string[], kinds: Record<string, Sent>) =>
    hosts.flatMap((host) => paths.flatMap((path) => Object.entries(kinds).map(([kind, sent]) => request(host, path, kind, sent))));
  return [
    ...all([ownHost, commonHost], [...ROUTE_PATHS, ...ODD_PATHS], keyKinds(world)),
    ...all([ownHost, commonHost], [...ROUTE_PATHS, ...ODD_PATHS], elsewhereKinds(world)),
    ...all([domain, otherHost, unknownHost], FEW_PATHS, keyKinds(world)),
    ...all([ownHost, commonHost, unknownHost], FEW_PATHS, oddKinds(world)),
    ...all([`${ownHost}:8080`, ownHost.toUpperCase()], ["/rest/v1/notes"], keyKinds(world)),
  ];
}
