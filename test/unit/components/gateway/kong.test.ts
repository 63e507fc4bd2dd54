import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { expressionString, luaString, renderKongBase, renderKongFragment } from "../../../../components/gateway/kong.ts";
import { kongBase, kongGateway } from "../../../../components/gateway/kongGateway.ts";
import { COMMON_HOSTS, projects } from "../../../lib/gateway/world.ts";
import { parseExpression } from "./kong/expression.ts";
import { Lua } from "./kong/lua.ts";

const [blog, other] = projects(3000) as [ReturnType<typeof projects>[number], ReturnType<typeof projects>[number]];
const LUA = { rewrite: "-- rewrite {--[[@COMMON_HOSTS@]]}", access: "-- access", headerFilter: "-- header filter" };

describe("what is quoted", () => {
  const lua = new Lua("function literal(text) return load('return ' .. text, 'literal', 't', {})() end");
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom('"', "\\", "]", "-", "\n", "\r", "\0", "7", "é") }));

  test("a string of Lua is that text, whatever is in it", () => {
    fc.assert(fc.property(text, (value) => expect(lua.call("literal", luaString(value))).toBe(value)));
  });

  test("and stands in one line", () => {
    fc.assert(fc.property(text, (value) => expect(luaString(value)).toMatch(/^"[^"\n\r]*"$/)));
  });

  test("a string of the router's expressions is that text, or is refused", () => {
    fc.assert(
      fc.property(text, (value) => {
        if (/\p{Cc}/u.test(value)) return void expect(() => expressionString(value)).toThrow("control character");
        const matches = new Map<string, string>();
        expect(parseExpression(`http.path == ${expressionString(value)}`)(() => [value], matches)).toBe(true);
        expect(matches.get("http.path")).toBe(value);
      }),
    );
  });
});

describe("rendered text", () => {
  test("a fragment", () => {
    expect(renderKongFragment(blog)).toMatchSnapshot();
  });

  test("the file without a project", () => {
    expect(renderKongBase(COMMON_HOSTS, LUA)).toMatchSnapshot();
  });

  test("a fragment is hosts, keys, services, routes and containers, so that fragment.sh can join them", () => {
    const [hosts, keys, services, routes, ...containers] = renderKongFragment(other).trimEnd().split("\n");
    expect(hosts!.split(" ")).toEqual(other.hosts);
    expect(JSON.parse(`"${keys}"`)).toMatch(/^\["blog-eu"\]=\{\["blog-eu-anon"\]=\{key="blog-eu anon"\},/);
    expect(JSON.parse(`[${services}]`).map(({ host }: { host: string }) => host)).toEqual([...Array(8).fill("127.0.0.12"), ...Array(3).fill("127.0.0.13")]);
    expect(JSON.parse(`[${routes}]`).length).toBeGreaterThan(10);
    expect(containers).toEqual(["127.0.0.12", "127.0.0.13"]);
  });

  test("no two services and no two routes of a server have one name", () => {
    const lists = [blog, other].map((project) => renderKongFragment(project).split("\n"));
    const services = lists.flatMap(([, , line]) => JSON.parse(`[${line}]`));
    const routes = [
      ...services.flatMap((service) => service.routes),
      ...lists.flatMap(([, , , line]) => JSON.parse(`[${line}]`)),
      ...JSON.parse(kongBase(COMMON_HOSTS)).routes.slice(1),
    ];
    expect(routes.length).toBeGreaterThan(50);
    for (const named of [services, routes]) expect(new Set(named.map(({ name }) => name)).size).toBe(named.length);
  });
});

test("each place of a project's part is in the file once", () => {
  const text = kongBase(COMMON_HOSTS);
  for (const place of ["--[[@HOSTS@]]", "--[[@KEYS@]]", '"@SERVICES@"', '"@ROUTES@",', "@VERSION@"]) expect(text.split(place)).toHaveLength(2);
  expect(text).not.toContain("@COMMON_HOSTS@");
});

test("no key is in what is not secret: the settings, the file without projects", () => {
  const { envs, uploads } = kongGateway.container(COMMON_HOSTS);
  expect(JSON.stringify([envs, uploads])).not.toMatch(/blog|sb_secret_[a-z]/);
});
