import { describe, expect, test } from "@jest/globals";
import { knownKeys, type ProjectFragment } from "../../../../components/gateway/decisions.ts";
import { commonRoutes, renderCommonHost, renderFragment, virtualHost } from "../../../../components/gateway/envoy.ts";
import { renderBootstrap, renderCandidateBootstrap } from "../../../../components/gateway/envoyBootstrap.ts";
import { ROUTES } from "../../../../components/gateway/routes.ts";
import { keysOf } from "../../../lib/gateway/world.ts";

const blog: ProjectFragment = {
  name: "blog",
  hosts: ["blog.localhost", "blog.example.com"],
  keys: keysOf("blog"),
  services: {
    auth: { container: "blog-auth-1a2b3c4", port: 9999 },
    rest: { container: "blog-rest-5d6e7f8", port: 3000 },
    realtime: { container: "shared-realtime-9a8b7c6", port: 4000, host: "blog" },
    storage: { container: "shared-storage-1f2e3d4", port: 5000, headers: { "x-forwarded-host": "blog.localhost" } },
    meta: { container: "shared-meta-5a6b7c8", port: 8080, headers: { "x-connection-encrypted": "ciphertext" } },
  },
};
const withoutPlane: ProjectFragment = { ...blog, services: { auth: blog.services.auth, rest: blog.services.rest } };

type EnvoyRoute = ReturnType<typeof virtualHost>["routes"][number];
type Match = { path?: string; prefix?: string; path_separated_prefix?: string; headers?: { name: string; string_match?: { exact?: string; prefix?: string } }[] };

/** The route that Envoy would take, by its documented rule: the first that matches. `key` is what the Lua filter writes. */
function decide(routes: EnvoyRoute[], path: string, key = ""): EnvoyRoute | undefined {
  return routes.find(({ match }) => {
    const m = match as Match;
    const pathMatches =
      m.path === path ||
      (m.prefix !== undefined && path.startsWith(m.prefix)) ||
      (m.path_separated_prefix !== undefined && (path === m.path_separated_prefix || path.startsWith(`${m.path_separated_prefix}/`)));
    const headersMatch = (m.headers ?? []).every(
      ({ name, string_match: value }) => name === "x-indie-key" && (value?.exact === key || (value?.prefix !== undefined && key.startsWith(value.prefix))),
    );
    return pathMatches && headersMatch;
  });
}

function outcome(routes: EnvoyRoute[], path: string, key?: string): string {
  const route = decide(routes, path, key) as undefined | { route?: { cluster: string; prefix_rewrite: string }; direct_response?: { status: number } };
  if (route === undefined) return "none";
  return route.route ? `${route.route.cluster.split("-")[1]} ${route.route.prefix_rewrite}` : String(route.direct_response?.status);
}

describe("who may reach what on the project's own host", () => {
  test.each([
    // path, no key, another's key, anon, service
    ["/auth/v1/verify", "auth /verify", "auth /verify", "auth /verify", "auth /verify"],
    ["/auth/v1/verifyX", "401", "401", "auth /", "auth /"],
    ["/auth/v1/callback", "auth /callback", "auth /callback", "auth /callback", "auth /callback"],
    ["/auth/v1/.well-known/jwks.json", "auth /.well-known/jwks.json", "auth /.well-known/jwks.json", "auth /.well-known/jwks.json", "auth /.well-known/jwks.json"],
    ["/auth/v1/token", "401", "401", "auth /", "auth /"],
    ["/rest/v1/", "401", "401", "403", "rest /"],
    ["/rest/v1/notes", "401", "401", "rest /", "rest /"],
    ["/graphql/v1", "401", "401", "rest /rpc/graphql", "rest /rpc/graphql"],
    ["/graphql/v1x", "404", "404", "404", "404"],
    ["/storage/v1/object/public/a/b", "storage /", "storage /", "storage /", "storage /"],
    ["/realtime/v1/api/openapi", "403", "403", "403", "403"],
    ["/realtime/v1/api/tenants/blog", "403", "403", "403", "403"],
    ["/realtime/v1/api/broadcast", "401", "401", "realtime /api", "realtime /api"],
    ["/realtime/v1/websocket", "401", "401", "realtime /socket/", "realtime /socket/"],
    ["/pg/query", "401", "401", "403", "meta /"],
    ["/functions/v1/hello", "501", "501", "501", "501"],
    ["/mcp", "403", "403", "403", "403"],
    ["/", "404", "404", "404", "404"],
  ])("%s", (path, none, other, anon, service) => {
    const { routes } = virtualHost(blog);
    expect([outcome(routes, path), outcome(routes, path, "docs service_role"), outcome(routes, path, "blog anon"), outcome(routes, path, "blog service_role")]).toEqual([none, other, anon, service]);
  });

  test("a service that the project has not is not there, whoever asks", () => {
    for (const path of ["/pg/query", "/storage/v1/bucket", "/realtime/v1/websocket"])
      expect(outcome(virtualHost(withoutPlane).routes, path, "blog service_role")).toBe("404");
  });
});

describe("the common host", () => {
  const routes = commonRoutes(blog) as EnvoyRoute[];
  test.each([
    ["/auth/v1/verify", "none", "none", "auth /verify", "auth /verify"],
    ["/rest/v1/", "none", "none", "403", "rest /"],
    ["/rest/v1/notes", "none", "none", "rest /", "rest /"],
    ["/storage/v1/bucket", "none", "none", "storage /", "storage /"],
    ["/pg/query", "none", "none", "403", "meta /"],
  ])("%s", (path, none, other, anon, service) => {
    expect([outcome(routes, path), outcome(routes, path, "docs anon"), outcome(routes, path, "blog anon"), outcome(routes, path, "blog service_role")]).toEqual([none, other, anon, service]);
  });

  test("its text has one place for the projects' keys, and one for their routes", () => {
    const text = renderCommonHost(["api.localhost", "gateway"]);
    expect(text.split('"@CONTEXT@"')).toHaveLength(2);
    expect(text.split('"@COMMON_ROUTES@",')).toHaveLength(2);
  });
});

test("a project whose name begins another's has not its keys", () => {
  expect(outcome(virtualHost({ ...blog, name: "blog-eu" }).routes, "/rest/v1/notes", "blog anon")).toBe("401");
  expect(outcome(virtualHost(blog).routes, "/rest/v1/notes", "blog-eu anon")).toBe("401");
});

test("a token that stands behind an opaque key is no key", () => {
  expect(Object.keys(knownKeys(blog))).toEqual(["blog-anon", "blog-service", "sb_publishable_blog", "sb_secret_blog"]);
});

test("no service sees what the gateway notes for itself, and each what is set for the project", () => {
  for (const route of [...virtualHost(blog).routes, ...commonRoutes(blog)] as { route?: object; request_headers_to_remove?: string[] }[])
    if (route.route) expect(route.request_headers_to_remove).toEqual(["x-indie-key"]);
  expect(ROUTES.filter((route) => "service" in route && route.timeoutSeconds === 0).map(({ path }) => path)).toEqual(["/storage/v1/", "/realtime/v1/"]);
});

describe("rendered text", () => {
  test("fragment", () => {
    expect(renderFragment(blog)).toMatchSnapshot();
  });

  test("a fragment is a virtual host and one line for each cluster, so that fragment.sh can join them", () => {
    const [hosts, host, keys, routes, ...lines] = renderFragment(withoutPlane).trimEnd().split("\n");
    expect(hosts!.split(" ")).toEqual(blog.hosts);
    expect(host!.split('"@DOMAINS@"')).toHaveLength(2);
    expect(JSON.parse(host!)).toEqual(virtualHost(withoutPlane));
    expect(JSON.parse(`{${keys}}`)).toEqual(knownKeys(blog));
    expect(JSON.parse(`[${routes}]`)).toEqual(commonRoutes(withoutPlane));
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["blog-auth-1a2b3c4", "blog-rest-5d6e7f8"]);
    for (const line of lines) JSON.parse(line.slice(line.indexOf(" ") + 1));
  });

  test("bootstrap", () => {
    expect(renderBootstrap("-- lua")).toMatchSnapshot();
    expect(renderCandidateBootstrap("-- lua")).toMatchSnapshot();
  });
});
