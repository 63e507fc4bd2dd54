// Kong's declarative file (format 3.0, router flavor "expressions"), from the same decisions as Envoy's. Pure.
// Source: Kong/kong @3.9.3, kong/router/atc.lua, kong/plugins/{pre-function,request-termination}; facts/upstream.md §2.4.
import {
  COMMON_FIRST,
  COMMON_LAST,
  commonDecisions,
  type Decision,
  type Endpoint,
  endpoints,
  EVERYTHING,
  hostDecisions,
  knownKeys,
  type OwnerMatch,
  type ProjectFragment,
  type Refusal,
  type Served,
  type ServingRoute,
} from "./decisions.ts";
import { type Matched, ROUTES } from "./routes.ts";

/** What kong/rewrite.lua writes into `indiesite` at the common host, and at a host that is nobody's. */
const COMMON_SITE = "*";
const UNKNOWN_SITE = "-";

/** The higher one is asked first. Each list of decisions is far shorter than the steps between these. */
const PRIORITY = { first: 3000, projects: 2000, last: 1000 };

/** A string of the router's expressions. @throws when it holds what the router has no escape for */
export function expressionString(text: string): string {
  if (/[\p{Cc}]/u.test(text)) throw new Error("no route can ask for a control character");
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** A string of Lua: whatever is in it, it ends where it is to end. Bytes by number, because Lua 5.1 knows no other escape for all. */
export const luaString = (text: string): string => `"${text.replace(/["\\\p{Cc}]/gu, luaEscape)}"`;

const luaEscape = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\${String(byte).padStart(3, "0")}`).join("");

const luaTable = (entries: [string, string][]): string => `{${entries.map(([key, value]) => `[${luaString(key)}]=${value}`).join(",")}}`;

const pathIs = (path: string) => `http.path == ${expressionString(path)}`;
const pathBegins = (path: string) => `http.path ^= ${expressionString(path)}`;

/** By either operator the router cuts off what matched when it strips the path (atc-router src/interpreter.rs @1.6.2). */
function pathMatches({ path, exact }: Matched): string {
  if (exact) return pathIs(path);
  return path.endsWith("/") ? pathBegins(path) : `(${pathIs(path)} || ${pathBegins(`${path}/`)})`;
}

const ownerMatches = (owner: OwnerMatch) =>
  "exact" in owner
    ? `http.headers.indieowner == ${expressionString(owner.exact)}`
    : `http.headers.indieowner ^= ${expressionString(owner.prefix)}`;

function expression(site: string, { route, owner }: Decision): string {
  const conditions = [`http.headers.indiesite == ${expressionString(site)}`];
  if (owner) conditions.push(ownerMatches(owner));
  if (route) conditions.push(pathMatches(route));
  return conditions.join(" && ");
}

/** One decision, with the route's name and place. */
interface Placed<D extends Decision = Decision> {
  name: string;
  site: string;
  priority: number;
  decision: D;
}

const place = (name: string, site: string, priority: number, decisions: readonly Decision[]): Placed[] =>
  decisions.map((decision, index) => ({ name: `${name}.${index}`, site, priority: priority - index, decision }));

const routeOf = ({ name, site, priority, decision }: Placed) => ({
  name,
  protocols: ["http"],
  expression: expression(site, decision),
  priority,
});

function refusingRoute(placed: Placed, { status, message }: Refusal) {
  const config = { status_code: status, content_type: "application/json", body: JSON.stringify({ message }) };
  return { ...routeOf(placed), plugins: [{ name: "request-termination", config }] };
}

/** nginx counts silence, not the whole: a request without a limit ends when nothing came for as long as Envoy allows. */
const SILENCE_SECONDS = 300;

function servingRoute(placed: Placed<Served>) {
  const buffering = placed.decision.route.timeoutSeconds > 0;
  // What may take long is passed on as it comes, and not written to the container's disk first.
  return { ...routeOf(placed), strip_path: true, preserve_host: true, request_buffering: buffering, response_buffering: buffering };
}

/** nginx sets these on its own, from variables, after every plugin (kong/templates/nginx_kong.lua @3.9.3). */
const FORWARDED = /^x-forwarded-(?:host|port|proto|path|prefix)$/;

function setRequestHeader(name: string, value: string): string {
  if (FORWARDED.test(name)) return `ngx.var.upstream_${name.replaceAll("-", "_")} = ${luaString(value)}`;
  return `kong.service.request.set_header(${luaString(name)}, ${luaString(value)})`;
}

function requestHeaders(route: ServingRoute, { headers, host }: Endpoint) {
  const lines = Object.entries({ ...route.requestHeaders, ...headers, ...(host === undefined ? {} : { host }) }).map(([name, value]) =>
    setRequestHeader(name, value),
  );
  return lines.length === 0 ? {} : { plugins: [{ name: "post-function", config: { access: [lines.join("\n")] } }] };
}

const isServed = (placed: Placed): placed is Placed<Served> => "endpoint" in placed.decision;

/** One service for each row of the table, because it holds what the path becomes and the time that it may take. */
function services(project: ProjectFragment, placed: Placed[]) {
  const served = placed.filter(isServed);
  return [...ROUTES, EVERYTHING].flatMap((route, row) => {
    const own = served.filter(({ decision }) => decision.route === route);
    if (own.length === 0) return [];
    const [{ decision }] = own as [Placed<Served>, ...Placed<Served>[]];
    const timeout = (decision.route.timeoutSeconds || SILENCE_SECONDS) * 1000;
    return {
      name: `${project.name}.${row}`,
      protocol: "http",
      host: decision.endpoint.container,
      port: decision.endpoint.port,
      path: decision.route.rewrite,
      connect_timeout: 5000,
      read_timeout: timeout,
      write_timeout: timeout,
      retries: 2,
      routes: own.map(servingRoute),
      ...requestHeaders(decision.route, decision.endpoint),
    };
  });
}

const refusingRoutes = (placed: readonly Placed[]) =>
  placed.flatMap((each) => ("refusal" in each.decision ? refusingRoute(each, each.decision.refusal) : []));

/** Text that goes into a string of JSON. */
const withinJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const withoutBrackets = (list: unknown[]): string => JSON.stringify(list).slice(1, -1);

/**
 * What the project's resource writes, line by line, so that kong/fragment.sh can join the projects' texts without understanding them:
 * its hosts; its keys, as Lua within JSON; its services and its refusing routes, as they stand between brackets; and a line for each
 * container. Secret.
 */
export function renderKongFragment(project: ProjectFragment): string {
  const { name } = project;
  const placed = [
    ...place(`${name}.own`, name, PRIORITY.projects, hostDecisions(project)),
    ...place(`${name}.common`, COMMON_SITE, PRIORITY.projects, commonDecisions(project)),
  ];
  const keys = Object.entries(knownKeys(project)).map(([key, { key: owner, token }]): [string, string] => [
    key,
    `{key=${luaString(owner)}${token === undefined ? "" : `,token=${luaString(token)}`}}`,
  ]);
  return [
    project.hosts.join(" "),
    withinJson(`[${luaString(name)}]=${luaTable(keys)}`),
    withoutBrackets(services(project, placed)),
    withoutBrackets(refusingRoutes(placed)),
    ...endpoints(project).map(({ container }) => container),
    "",
  ].join("\n");
}

/** The texts of normalizeRequest.lua and of kong/*.lua. */
export interface KongLua {
  rewrite: string;
  access: string;
  headerFilter: string;
}

/**
 * Answers what the gateway serves now, which kong/fragment.sh asks. Only at a host that is nobody's: the edge has no site for one, so
 * that nobody else can ask.
 */
const VERSION_ROUTE = {
  name: "version",
  protocols: ["http"],
  expression: `http.headers.indiesite == ${expressionString(UNKNOWN_SITE)} && ${pathIs("/version")}`,
  priority: PRIORITY.first,
  plugins: [{ name: "request-termination", config: { status_code: 200, content_type: "text/plain", body: "@VERSION@" } }],
};

/** The file without any project: the places of their parts are `@…@`. @param hosts of all projects, known by the key alone */
export function renderKongBase(hosts: readonly string[], lua: KongLua): string {
  const rewrite = lua.rewrite.replace("--[[@COMMON_HOSTS@]]", () => hosts.map(luaString).join(","));
  return JSON.stringify({
    _format_version: "3.0",
    plugins: [{ name: "pre-function", config: { rewrite: [rewrite], access: [lua.access], header_filter: [lua.headerFilter] } }],
    services: ["@SERVICES@"],
    routes: [
      "@ROUTES@",
      VERSION_ROUTE,
      ...refusingRoutes(place("common.first", COMMON_SITE, PRIORITY.first, COMMON_FIRST)),
      ...refusingRoutes(place("common.last", COMMON_SITE, PRIORITY.last, [COMMON_LAST])),
    ],
  });
}
