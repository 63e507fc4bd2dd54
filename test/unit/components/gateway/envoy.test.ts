import { describe, expect, test } from "@jest/globals";
import { type ProjectFragment, renderFragment, virtualHost } from "../../../../components/gateway/envoy.ts";
import { renderBootstrap, renderCandidateBootstrap } from "../../../../components/gateway/envoyBootstrap.ts";
import { ROUTES } from "../../../../components/gateway/routes.ts";

const blog: ProjectFragment = {
  name: "blog",
  hosts: ["blog.localhost", "blog.example.com"],
  anonKey: "anon-key",
  serviceRoleKey: "service-key",
  services: { auth: { container: "blog-auth-1a2b3c4", port: 9999 }, rest: { container: "blog-rest-5d6e7f8", port: 3000 } },
};

type EnvoyRoute = ReturnType<typeof virtualHost>["routes"][number];

/** The route that Envoy would take, by its documented rule: the first that matches. */
function decide(path: string, apikey?: string): EnvoyRoute | undefined {
  return virtualHost(blog).routes.find(({ match }) => {
    const m = match as { path?: string; prefix?: string; path_separated_prefix?: string; headers?: { name: string; string_match?: { exact: string } }[] };
    const pathMatches =
      m.path === path ||
      (m.prefix !== undefined && path.startsWith(m.prefix)) ||
      (m.path_separated_prefix !== undefined && (path === m.path_separated_prefix || path.startsWith(`${m.path_separated_prefix}/`)));
    const headersMatch = (m.headers ?? []).every(({ name, string_match }) => name === "apikey" && string_match?.exact === apikey);
    return pathMatches && headersMatch;
  });
}

const outcome = (path: string, apikey?: string): string => {
  const route = decide(path, apikey) as { route?: { cluster: string; prefix_rewrite: string }; direct_response?: { status: number } };
  return route.route ? `${route.route.cluster.split("-")[1]} ${route.route.prefix_rewrite}` : String(route.direct_response?.status);
};

describe("who may reach what", () => {
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
    ["/pg/", "404", "404", "404", "404"],
    ["/", "404", "404", "404", "404"],
  ])("%s", (path, none, other, anon, service) => {
    expect([outcome(path), outcome(path, "docs-key"), outcome(path, "anon-key"), outcome(path, "service-key")]).toEqual([none, other, anon, service]);
  });

  test("an empty key opens nothing that asks for one", () => {
    for (const route of ROUTES.filter(({ access }) => access !== "open")) expect(outcome(route.path, "")).toBe("401");
  });
});

describe("rendered text", () => {
  test("fragment", () => {
    expect(renderFragment(blog)).toMatchSnapshot();
  });

  test("a fragment is a virtual host and one line for each cluster, so that fragment.sh can join them", () => {
    const [host, ...lines] = renderFragment(blog).trimEnd().split("\n");
    expect(JSON.parse(host!).domains).toEqual(blog.hosts);
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["blog-auth-1a2b3c4", "blog-rest-5d6e7f8"]);
    for (const line of lines) JSON.parse(line.slice(line.indexOf(" ") + 1));
  });

  test("bootstrap", () => {
    expect(renderBootstrap("-- lua")).toMatchSnapshot();
    expect(renderCandidateBootstrap("-- lua")).toMatchSnapshot();
  });
});
