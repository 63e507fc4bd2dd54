import { readFileSync } from "node:fs";
import { corsOf, type GatewayAnswer, seenHeaders } from "../../../../lib/gateway/ask.ts";
import type { GatewayRequest } from "../../../../lib/gateway/requests.ts";
import { type Expression, type Matches, parseExpression } from "./expression.ts";
import { Lua, type LuaValue } from "./lua.ts";
import { escapePath, normalizePath, upstreamPath } from "./path.ts";

interface Plugin {
  name: string;
  config: { rewrite?: string[]; access?: string[]; header_filter?: string[]; status_code?: number; body?: string; content_type?: string };
}
interface Route {
  name: string;
  expression: string;
  priority: number;
  protocols: string[];
  strip_path?: boolean;
  preserve_host?: boolean;
  plugins?: Plugin[];
}
interface Service {
  name: string;
  host: string;
  port: number;
  path: string;
  routes: Route[];
  plugins?: Plugin[];
}
export interface KongFile {
  _format_version: string;
  plugins: Plugin[];
  services: Service[];
  routes: Route[];
}

type Phase = "rewrite" | "access" | "header_filter";

interface Matched {
  route: Route;
  service?: Service;
  /** The service's own functions. */
  after?: number;
  matches: Expression;
}

/** What runs through the phases; Lua has the same. */
interface Exchange {
  request: { method: string; target: string; headers: [string, string][] };
  response: { status?: number; body?: string; headers: Record<string, string> };
  upstream: Record<string, string>;
}

const PRELUDE = readFileSync(new URL("phases.lua", import.meta.url), "utf8");

/** What Kong would answer, computed from its declarative file: the router's rules, our functions in a Lua machine, the phases' order. */
export class KongModel {
  private readonly lua = new Lua(PRELUDE);
  /** What runs for every request, by phase. */
  private readonly global: Record<Phase, number>;
  private readonly routes: Matched[];

  constructor(file: KongFile) {
    const define = (plugins: Plugin[], name: string, phase: Phase): number =>
      this.lua.call("define", plugins.filter((plugin) => plugin.name === name).flatMap(({ config }) => config[phase] ?? [])) as number;
    const everywhere = (phase: Phase) => define(file.plugins, "pre-function", phase);
    this.global = { rewrite: everywhere("rewrite"), access: everywhere("access"), header_filter: everywhere("header_filter") };
    const after = new Map(file.services.map((service) => [service, define(service.plugins ?? [], "post-function", "access")]));
    const matched = (route: Route, service?: Service): Matched => ({
      route,
      service,
      after: service && after.get(service),
      matches: parseExpression(route.expression),
    });
    const own = file.services.flatMap((service) => service.routes.map((route) => matched(route, service)));
    this.routes = [...own, ...file.routes.map((route) => matched(route))].toSorted((a, b) => b.route.priority - a.route.priority);
  }

  answer({ method, host, target, headers }: GatewayRequest, storage: string): GatewayAnswer {
    let exchange: Exchange = { request: { method, target, headers: [["host", host], ...headers] }, response: { headers: {} }, upstream: {} };
    exchange = this.run(this.global.rewrite, exchange);
    if (exchange.response.status !== undefined) return this.own(exchange);
    const path = normalizePath(target.split("?", 1)[0] as string);
    const matches: Matches = new Map();
    const found = this.find(path, exchange, matches);
    if (found === undefined) return this.own({ ...exchange, response: { status: 404, body: "", headers: {} } });
    exchange = this.run(this.global.access, exchange);
    const ending = found.route.plugins?.find(({ name }) => name === "request-termination")?.config;
    if (ending) {
      const response = { status: ending.status_code as number, body: ending.body ?? "", headers: { "content-type": ending.content_type ?? "" } };
      return this.own({ ...exchange, response });
    }
    return this.proxied(found, path, matches, exchange, storage);
  }

  private find(path: string, { request }: Exchange, matched: Matches): Matched | undefined {
    const headers = this.lua.call("routed_headers", request.headers as LuaValue) as Record<string, string[]>;
    const fields = (name: string): string[] | undefined => {
      if (name === "http.path") return [path];
      if (name.startsWith("http.headers.")) return headers[name.slice("http.headers.".length)];
      throw new Error(`no field of the model: ${name}`);
    };
    return this.routes.find(({ matches }) => {
      matched.clear();
      return matches(fields, matched);
    });
  }

  private proxied({ route, service, after }: Matched, path: string, matches: Matches, before: Exchange, storage: string): GatewayAnswer {
    if (service === undefined || after === undefined || !route.strip_path || !route.preserve_host) throw new Error(`${route.name} is no route that the model knows`);
    const { request, upstream } = this.run(after, before);
    const query = request.target.includes("?") ? request.target.slice(request.target.indexOf("?")) : "";
    const prefix = matches.get("http.path") ?? "/";
    const headers = Object.fromEntries(request.headers.toReversed().map(([name, value]) => [name.toLowerCase(), value]));
    const seen = {
      ...headers,
      host: upstream.upstream_host ?? headers.host,
      "x-forwarded-host": upstream.upstream_x_forwarded_host ?? headers["x-forwarded-host"] ?? headers.host,
      "x-forwarded-prefix": upstream.upstream_x_forwarded_prefix ?? headers["x-forwarded-prefix"] ?? prefix,
    };
    const isUpgrade = headers.upgrade === "websocket";
    const sent: Record<string, string> = isUpgrade
      ? {}
      : { "access-control-allow-origin": "https://service.example.com", "access-control-allow-credentials": "true" };
    return {
      status: isUpgrade ? 101 : 200,
      service: service.host,
      method: request.method,
      target: escapePath(upstreamPath(path, prefix, service.path)) + query,
      headers: seenHeaders(seen, service.host === storage),
      cors: this.filtered({ ...before, response: { headers: sent } }).cors,
    };
  }

  private own(exchange: Exchange): GatewayAnswer {
    const { status = 0, body, cors } = this.filtered(exchange);
    return { status, body, cors };
  }

  private filtered(exchange: Exchange) {
    const { response } = this.run(this.global.header_filter, exchange);
    return { ...response, cors: corsOf(response.headers) };
  }

  private run(functions: number, exchange: Exchange): Exchange {
    const result = this.lua.call("run", functions, exchange as unknown as LuaValue) as unknown as Exchange;
    // An empty table of Lua is no list and no object.
    return { ...result, response: { ...result.response, headers: { ...result.response.headers } }, upstream: { ...result.upstream } };
  }
}
