// What a gateway answers to which request: decided here once, from the table of routes, and rendered by envoy.ts and by kong.ts. Pure.
import { type Matched, ROUTES, type RefusedRoute, type Route, type ServiceName, type ServiceRoute } from "./routes.ts";

/** Where every gateway listens. */
export const GATEWAY_PORT = 8000;

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
  /** Every request is told that it does not run, or is no more. @default it runs */
  off?: "suspended" | "removed";
  /**
   * The gateway that serves it, where that is another one: then this one only sends on what its keys ask for at the common host.
   * @default this one
   */
  gateway?: Endpoint;
}

type Role = "anon" | "service_role";

/** A name holds no space (spec/names.ts), so that no project's word is the beginning of another's. */
const ownerOf = (project: string, role: Role): string => `${project} ${role}`;

/** What `owner` must be, as the filters in Lua write it: all of it, or how it begins. */
export type OwnerMatch = { exact: string } | { prefix: string };
const anyKeyOf = ({ name }: ProjectFragment): OwnerMatch => ({ prefix: `${name} ` });
const serviceKeyOf = ({ name }: ProjectFragment): OwnerMatch => ({ exact: ownerOf(name, "service_role") });

/** What stands behind a key: whose it is, and the token that a service takes in its place. */
export interface KnownKey {
  key: string;
  token?: string;
}

/** What the Lua filter finds under a key. The token is upstream's way: a client that sends the token itself is refused. */
export function knownKeys({ name, keys, gateway }: Pick<ProjectFragment, "name" | "keys" | "gateway">): Record<string, KnownKey> {
  // Another gateway wants the key as the client sent it, and refuses the token as everybody does.
  const token = (text: string) => (gateway === undefined ? { token: text } : {});
  return {
    [keys.anonKey]: { key: ownerOf(name, "anon") },
    [keys.serviceRoleKey]: { key: ownerOf(name, "service_role") },
    [keys.publishableKey]: { key: ownerOf(name, "anon"), ...token(keys.publishableToken) },
    [keys.secretKey]: { key: ownerOf(name, "service_role"), ...token(keys.secretToken) },
  };
}

export interface Refusal {
  status: 401 | 403 | 404 | 410 | 501 | 503;
  message: string;
}

const INVALID_KEY: Refusal = { status: 401, message: "Invalid API key" };
const NEEDS_SERVICE_KEY: Refusal = { status: 403, message: "This needs the service key" };
const NOT_FOUND: Refusal = { status: 404, message: "Not found" };

interface Asked {
  /** Whose key the request must hold. @default anyone's, or none */
  owner?: OwnerMatch;
}
export interface Refused extends Asked {
  /** @default every path */
  route?: Matched;
  refusal: Refusal;
}
/** A path that is passed on, and how. */
export type ServingRoute = Omit<ServiceRoute, "service" | "access">;
export interface Served extends Asked {
  route: ServingRoute;
  endpoint: Endpoint;
}
/** In a list of them the first that matches decides. */
export type Decision = Refused | Served;

const refusalOf = ({ name, off }: ProjectFragment): Refusal => ({ status: off === "removed" ? 410 : 503, message: `The project ${name} is ${off}` });

/** On the project's own host: a wrong key or none is 401, a right one that may not 403. */
export const hostDecisions = (project: ProjectFragment): Decision[] =>
  project.off
    ? [{ refusal: refusalOf(project) }]
    : [...ROUTES.flatMap((route) => hostDecision(route, project)), { refusal: NOT_FOUND }];

function hostDecision(route: Route, project: ProjectFragment): Decision[] {
  if ("status" in route) return [refused(route)];
  const endpoint = project.services[route.service];
  if (endpoint === undefined) return [{ route, refusal: NOT_FOUND }];
  switch (route.access) {
    case "open":
      return [{ route, endpoint }];
    case "any-key":
      return [{ route, owner: anyKeyOf(project), endpoint }, { route, refusal: INVALID_KEY }];
    case "service-key":
      return [...serviceKeyOnly(route, project, endpoint), { route, refusal: INVALID_KEY }];
  }
}

const refused = (route: RefusedRoute): Refused => ({ route, refusal: { status: route.status, message: route.message } });

const serviceKeyOnly = (route: ServiceRoute, project: ProjectFragment, endpoint: Endpoint): Decision[] => [
  { route, owner: serviceKeyOf(project), endpoint },
  { route, owner: anyKeyOf(project), refusal: NEEDS_SERVICE_KEY },
];

/** To another gateway: as it came, which decides the rest. */
export const EVERYTHING: ServingRoute = { path: "/", rewrite: "/", timeoutSeconds: 0 };

/** On the common host only a key says which project is meant, so that each request needs one (DESIGN §7). */
export function commonDecisions(project: ProjectFragment): Decision[] {
  if (project.off) return [{ route: EVERYTHING, owner: anyKeyOf(project), refusal: refusalOf(project) }];
  if (project.gateway !== undefined) return [{ route: EVERYTHING, owner: anyKeyOf(project), endpoint: project.gateway }];
  return ROUTES.flatMap((route): Decision[] => {
    if ("status" in route) return [];
    const endpoint = project.services[route.service];
    if (endpoint === undefined) return [];
    if (route.access === "service-key") return serviceKeyOnly(route, project, endpoint);
    return [{ route, owner: anyKeyOf(project), endpoint }];
  });
}

/** What the common host refuses before it looks at a key. */
export const COMMON_FIRST: readonly Refused[] = ROUTES.filter((route) => "status" in route).map(refused);
/** What it refuses when no project's decision matched. */
export const COMMON_LAST: Refused = { refusal: INVALID_KEY };

/** One for each container: two services may be one. */
export const endpoints = ({ services, gateway }: ProjectFragment): Endpoint[] => [
  ...new Map([...Object.values(services), ...(gateway === undefined ? [] : [gateway])].map((endpoint) => [endpoint.container, endpoint])).values(),
];
