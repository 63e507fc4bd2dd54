import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadSpec } from "../../../spec/index.ts";
import { errorOf, load, reportOf, reportOnFields } from "./reportOf.ts";

const isolated = (fields: string) => `projects:\n  - name: blog\n    architecture: isolated\n    ${fields}\n`;
const servicesOf = (text: string, studio = "") => load(text, { config: { placement: "all", studio } }).map(({ services }) => services);

describe("realtime", () => {
  test.each([
    ["shared", "{}", "shared"],
    ["shared", "{ realtime: shared }", "shared"],
    ["shared", "{ realtime: dedicated }", "dedicated"],
    ["shared", "{ realtime: off }", "off"],
    ["isolated", "{}", "dedicated"],
    ["isolated", "{ realtime: shared }", "dedicated"],
    ["isolated", "{ realtime: off }", "off"],
  ])("%s, %s: %s", (architecture, services, realtime) => {
    const [blog] = servicesOf(`projects: [{ name: blog, architecture: ${architecture}, services: ${services} }]`);
    expect(blog?.realtime).toBe(realtime);
  });
});

describe("studio", () => {
  test.each([
    ["shared", "{}", "", false],
    ["shared", "{}", "docs,blog", true],
    ["shared", "{ studio: on-demand }", "blog", true],
    ["shared", "{ studio: always }", "", true],
    ["isolated", "{}", "", true],
    ["isolated", "{ studio: on-demand }", "", false],
    ["isolated", "{ studio: on-demand }", "blog", true],
    ["isolated", "{ studio: off }", "", false],
  ])("%s, %s, the setting names %j: %s", (architecture, services, setting, runs) => {
    const [blog] = servicesOf(`projects: [{ name: blog, architecture: ${architecture}, services: ${services} }, { name: docs, architecture: shared }]`, setting);
    expect(blog?.studio).toBe(runs);
  });

  test.each(["shared", "isolated"])("%s, suspended: none, whoever asks for it", (architecture) => {
    const [blog] = servicesOf(`projects: [{ name: blog, architecture: ${architecture}, state: suspended, services: { studio: always } }]`, "blog");
    expect(blog?.studio).toBe(false);
  });

  const projects = "defaults: { architecture: shared }\nprojects: [{ name: blog }, { name: docs, server: vm }, { name: shop, services: { studio: off } }]\n";
  const report = (studio: string, placement = "all") => reportOf(projects.replace("{ a", "{ server: prod, a"), { stack: "prod", config: { placement, studio } });

  test("a name that is no project's, or another stack's", () => {
    expect(report("blgo,blog,wiki")).toBe(
      `indie-ventures:studio  names "blgo", which is no project of this stack → did you mean blog?
indie-ventures:studio  names "wiki", which is no project of this stack → take it out
  pulumi config set indie-ventures:studio "blog" --stack prod`,
    );
    expect(report("docs", "own")).toContain('names "docs", which is no project of this stack');
    expect(report("docs")).toBeUndefined();
  });

  test("off, and named all the same", () => {
    expect(report("blog,shop")).toBe(
      'p.yaml:2:90  project "shop"  services.studio is off, but the stack\'s setting studio names shop → write on-demand, or: pulumi config set indie-ventures:studio blog --stack prod',
    );
    expect(report("shop")).toMatch(/ pulumi config rm indie-ventures:studio --stack prod$/);
  });

  test("the setting is refused by loadSpec, too", () => {
    const settings: Record<string, string> = { placement: "all", studio: "wiki" };
    const load = () => loadSpec({ stack: "dev", get: (key) => settings[key], readFile: () => "projects: []", readFolder: () => [] });
    expect(errorOf(load)).toContain('names "wiki"');
  });
});

describe("off without quotes is a word where it is one of ours, and a trap elsewhere", () => {
  test("in a project, in the defaults", () => {
    expect(reportOnFields("services: { realtime: off, studio: off }")).toBeUndefined();
    expect(reportOf("defaults: { architecture: shared, services: { realtime: off } }\nprojects: [{ name: blog }]")).toBeUndefined();
  });
  test("elsewhere", () => {
    expect(reportOnFields("versions: { auth: off }")).toContain("put it in quotes");
    expect(reportOnFields("services: { realtime: Off }")).toContain("services.realtime must be shared or dedicated or off");
  });
});

describe("versions and memory of services that are not the project's own", () => {
  const PLANE = "runs in the plane for all shared projects → delete it";
  test.each([
    ["versions: { storage: v1 }", `p.yaml:4:26  project "blog"  versions.storage has no meaning here: storage ${PLANE}`],
    ["limits: { memory: { gateway: 128 } }", `p.yaml:4:34  project "blog"  limits.memory.gateway has no meaning here: gateway ${PLANE}`],
    ["versions: { realtime: v1 }", `p.yaml:4:27  project "blog"  versions.realtime has no meaning here: realtime ${PLANE}`],
    [
      "services: { realtime: off }\nlimits: { memory: { realtime: 512 } }",
      'p.yaml:5:35  project "blog"  limits.memory.realtime has no meaning here: services.realtime is off → delete it',
    ],
    ["services: { studio: off }\nversions: { studio: v1 }", 'p.yaml:5:25  project "blog"  versions.studio has no meaning here: services.studio is off → delete it'],
  ])("%s", (fields, report) => {
    expect(reportOnFields(fields)).toBe(report);
  });

  test("where they are its own", () => {
    expect(reportOnFields("services: { realtime: dedicated }\nversions: { auth: v1, rest: v1, realtime: v1, studio: v1 }")).toBeUndefined();
    const every = "{ auth: v1, rest: v1, realtime: v1, storage: v1, imgproxy: v1, meta: v1, studio: v1, gateway: v1 }";
    expect(load(isolated(`versions: ${every}`))[0]?.versions).toEqual({
      ...{ auth: "v1", rest: "v1", realtime: "v1", storage: "v1" },
      ...{ imgproxy: "v1", meta: "v1", studio: "v1", gateway: "v1" },
    });
  });

  test("under defaults they are for isolated projects", () => {
    const [blog, shop] = load(
      `defaults: { versions: { auth: v1, storage: v2, realtime: v3 }, limits: { memory: { storage: 512 } } }
projects: [{ name: blog, architecture: shared }, { name: shop, architecture: isolated }]`,
    );
    expect(blog?.versions).toEqual({ auth: "v1" });
    expect(shop?.versions).toEqual({ auth: "v1", storage: "v2", realtime: "v3" });
    expect(shop?.limits.memory.storage).toBe(512);
  });
});

describe("connections", () => {
  const NEEDS = "auth 8, rest 10, storage 8";
  test.each([
    ["limits: { connections: 39 }", `p.yaml:4:28  project "blog"  limits.connections 39 is not enough: ${NEEDS}, realtime 9, meta, for Studio 4, the database's owner 1 → write 40 or more`],
    ["limits: { connections: 40 }", undefined],
    ["services: { studio: off }\nlimits: { connections: 35 }", `p.yaml:5:28  project "blog"  limits.connections 35 is not enough: ${NEEDS}, realtime 9, the database's owner 1 → write 36 or more`],
    ["services: { studio: off }\nlimits: { connections: 36 }", undefined],
    ["services: { studio: off, realtime: off }\nlimits: { connections: 27 }", undefined],
  ])("%s", (fields, report) => {
    expect(reportOnFields(fields)).toBe(report);
  });

  test("of the defaults, for a project that needs more", () => {
    expect(reportOf("defaults: { limits: { connections: 34 } }\nprojects: [{ name: blog, architecture: isolated }]\n")).toMatch(
      /^p\.yaml:1:36 {2}defaults {2}limits\.connections 34 is not enough: .* → write 40 or more$/,
    );
  });
});

test("a move by one word needs no other edit, but for what was only the project's own", () => {
  const services = fc.record({ realtime: fc.constantFrom("shared", "dedicated", "off"), studio: fc.constantFrom("on-demand", "always", "off") }, { requiredKeys: [] });
  fc.assert(
    fc.property(services, fc.integer({ min: 40, max: 300 }), (words, connections) => {
      const text = (architecture: string) => JSON.stringify({ projects: [{ name: "blog", architecture, services: words, limits: { connections } }] });
      expect([reportOf(text("shared")), reportOf(text("isolated"))]).toEqual([undefined, undefined]);
    }),
  );
});

