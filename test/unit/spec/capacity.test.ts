import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import {
  DEFAULT_CONNECTIONS,
  DEFAULT_MEMORY,
  LEAST_MEMORY,
  ownServices,
  PLANE,
  projectMemory,
  serverMemory,
  type Sized,
  tooSmall,
  usable,
} from "../../../spec/capacity.ts";
import { PROJECT_SERVICES } from "../../../spec/project.ts";
import { defaultProjects, renderLimits, renderSizing, renderSums } from "../../../spec/sizing.ts";
import { limits, project, projects } from "./arbitraries.ts";

describe("what is promised for servers as they are sold", () => {
  // Issue 4: the upper end of each.
  test.each([
    [4, { shared: 5, isolated: 0 }],
    [4, { shared: 0, isolated: 1 }],
    [8, { shared: 10, isolated: 0 }],
    [8, { shared: 0, isolated: 3 }],
    [8, { shared: 5, isolated: 2 }],
    [16, { shared: 20, isolated: 0 }],
    [16, { shared: 0, isolated: 6 }],
    [16, { shared: 10, isolated: 4 }],
  ])("%i GB: %j", (gigabytes, counts) => {
    expect(usable(gigabytes)).toBe(Math.floor(gigabytes * 1024 * 0.95));
    // By HTTPS, as servers are.
    expect(serverMemory(defaultProjects(counts), "envoy", true)).toBeLessThanOrEqual(usable(gigabytes));
  });

  test("isolated projects have their Studio", () => {
    const [isolated] = defaultProjects({ isolated: 1, shared: 0 });
    expect(isolated && ownServices(isolated).toSorted()).toEqual([...PROJECT_SERVICES].toSorted());
  });
});

describe("what counts", () => {
  const [shared, isolated] = defaultProjects({ shared: 1, isolated: 1 }).toReversed() as [Sized, Sized];
  const BASE = 400 + 256 + 48 + 16 + 48 + 8 + 256 + 6 * 12;
  const with_ = (services: Partial<Sized["services"]>, of = shared): Sized => ({ ...of, services: { ...of.services, ...services } });
  const CONNECTIONS = DEFAULT_CONNECTIONS * 2;

  test("a server without projects", () => {
    expect(serverMemory([])).toBe(BASE);
  });

  test("where it speaks HTTPS, the container for certificates, as it waits", () => {
    expect(serverMemory([shared], "envoy", true) - serverMemory([shared])).toBe(4 + 12);
    const needed = serverMemory([shared as Parameters<typeof tooSmall>[0][number]], "envoy", true);
    expect(tooSmall([{ ...shared, name: "blog" }], needed, "projects.yaml", "envoy", true)).toBeUndefined();
    expect(tooSmall([{ ...shared, name: "blog" }], needed - 1, "projects.yaml", "envoy", true)).toContain(`may take ${needed} MB`);
  });

  test("a shared project: auth and rest, and the plane once", () => {
    const own = 96 + 128 + 2 * 12 + CONNECTIONS;
    const plane = PLANE.storage + PLANE.imgproxy + PLANE.realtime + 3 * 12 + (20 + 10) * 2;
    expect(projectMemory(shared)).toBe(own);
    expect(serverMemory([shared])).toBe(BASE + own + plane);
    expect(serverMemory([shared, shared])).toBe(BASE + 2 * own + plane);
  });

  test("an isolated project: all eight, a door, its Realtime's own connections, and no plane", () => {
    const own = Object.values(DEFAULT_MEMORY).reduce((total, each) => total + each) + 16 + 9 * 12 + CONNECTIONS + 10 * 2;
    expect(projectMemory(isolated)).toBe(own);
    expect(serverMemory([isolated])).toBe(BASE + own);
  });

  test("Realtime of its own, or none: the plane's is there for those who use it", () => {
    expect(projectMemory(with_({ realtime: "dedicated" })) - projectMemory(shared)).toBe(384 + 12 + 20);
    expect(serverMemory([shared]) - serverMemory([with_({ realtime: "off" })])).toBe(PLANE.realtime + 12 + 20);
    expect(projectMemory(isolated) - projectMemory(with_({ realtime: "off" }, isolated))).toBe(384 + 12 + 20);
  });

  test("a Studio: with postgres-meta, the plane's once or its own", () => {
    expect(serverMemory([with_({ studio: true })]) - serverMemory([shared])).toBe(384 + 12 + PLANE.meta + 12);
    expect(serverMemory([with_({ studio: true }), with_({ studio: true })]) - serverMemory([shared, shared])).toBe(2 * (384 + 12) + PLANE.meta + 12);
    expect(projectMemory(isolated) - projectMemory(with_({ studio: false }, isolated))).toBe(384 + 160 + 2 * 12);
  });
});

describe("more never needs less", () => {
  test("one project more", () => {
    fc.assert(
      fc.property(projects, project, (some, more) => {
        expect(serverMemory([...some, more])).toBeGreaterThanOrEqual(serverMemory(some) + projectMemory(more));
      }),
    );
  });

  test("a higher limit", () => {
    fc.assert(
      fc.property(project, fc.nat(1000), (low, more) => {
        const memory = Object.fromEntries(Object.entries(low.limits.memory).map(([service, limit]) => [service, limit + more]));
        const high = { ...low, limits: { connections: low.limits.connections + more, memory: memory as Sized["limits"]["memory"] } };
        expect(projectMemory(high)).toBeGreaterThanOrEqual(projectMemory(low));
      }),
    );
  });

  test("isolated takes no less than shared with the same limits", () => {
    fc.assert(
      fc.property(limits, fc.constantFrom("shared", "dedicated", "off"), fc.boolean(), (limits, word, studio) => {
        const own = word === "shared" ? "dedicated" : word;
        const isolated = projectMemory({ architecture: "isolated", services: { realtime: own, studio }, limits });
        expect(isolated).toBeGreaterThanOrEqual(projectMemory({ architecture: "shared", services: { realtime: word, studio }, limits }));
      }),
    );
  });
});

describe("what does not fit", () => {
  const [shared, isolated] = defaultProjects({ shared: 1, isolated: 1 }).toReversed() as [Sized, Sized];
  const blog = { ...shared, name: "blog" };
  const docs = { ...shared, name: "docs", services: { realtime: "shared" as const, studio: true } };
  const shop = { ...isolated, name: "shop" };
  const big = { ...shared, name: "big", limits: { connections: 100, memory: { ...DEFAULT_MEMORY, rest: 2048 } } };

  test("exactly what is needed is enough, and 1 MB less is not", () => {
    fc.assert(
      fc.property(projects, (some) => {
        const needed = serverMemory(some);
        expect(tooSmall(some, needed, "projects.yaml")).toBeUndefined();
        expect(tooSmall(some, needed - 1, "projects.yaml")).toContain(`may take ${needed} MB of memory, and it has ${needed - 1} MB. Nothing was changed.`);
      }),
    );
  });

  test("by a little: three ways out, none of them costs money", () => {
    expect(tooSmall([blog, docs, shop], 4900, "projects.yaml")).toMatchInlineSnapshot(`
"The projects of this server may take 5392 MB of memory, and it has 4900 MB. Nothing was changed. What helps, the cheapest first:
  - no Studio for now for "docs": services.studio: on-demand, and out of the stack's setting studio
  - 492 MB less for "shop": smaller limits.memory or limits.connections in projects.yaml
  - architecture: shared for "shop", with the plane's Realtime and no Studio"
`);
  });

  test("without a Studio: limits, a larger server, fewer projects", () => {
    expect(tooSmall([blog, big], 4000, "projects.yaml")).toMatchInlineSnapshot(`
"The projects of this server may take 4864 MB of memory, and it has 4000 MB. Nothing was changed. What helps, the cheapest first:
  - 864 MB less for "big": smaller limits.memory or limits.connections in projects.yaml
  - a server with 5 GB or more
  - fewer projects here: "big" suspended (\`state: suspended\`) or on another server (\`server:\`)"
`);
  });

  test("a way out that is not enough is not named", () => {
    expect(tooSmall([blog, docs, shop], 2800, "projects.yaml")).toMatchInlineSnapshot(`
"The projects of this server may take 5392 MB of memory, and it has 2800 MB. Nothing was changed. What helps, the cheapest first:
  - a server with 6 GB or more
  - fewer projects here: "docs", "shop" suspended (\`state: suspended\`) or on another server (\`server:\`)"
`);
  });

  test("an isolated project beside shared ones may be a shared one", () => {
    const several = [blog, { ...blog, name: "wiki" }, shop, { ...shop, name: "mall" }];
    expect(tooSmall(several, 4600, "projects.yaml")).toMatchInlineSnapshot(`
"The projects of this server may take 6752 MB of memory, and it has 4600 MB. Nothing was changed. What helps, the cheapest first:
  - architecture: shared for "shop", "mall", with the plane's Realtime and no Studio
  - a server with 7 GB or more
  - fewer projects here: "shop", "mall" suspended (\`state: suspended\`) or on another server (\`server:\`)"
`);
  });

  test("a server that is too small for nothing at all", () => {
    expect(tooSmall([], 512, "projects.yaml")).toMatchInlineSnapshot(`
"The projects of this server may take 1104 MB of memory, and it has 512 MB. Nothing was changed. What helps, the cheapest first:
  - a server with 2 GB or more"
`);
  });

  test("what is named is enough, and without the last of it is not", () => {
    const namesIn = (text: string | undefined, way: RegExp) => [...(way.exec(text ?? "")?.[1] ?? "").matchAll(/"([^"]+)"/g)].map((match) => match[1]);
    fc.assert(
      fc.property(projects, fc.double({ min: 0, max: 1, noNaN: true }), (some, part) => {
        const memory = Math.floor(1024 + part * (serverMemory(some) - 1024));
        const text = tooSmall(some, memory, "projects.yaml");
        const moved = namesIn(text, /fewer projects here: (.*) on another/);
        const quiet = namesIn(text, /no Studio for now for (.*): services/);
        const without = (names: unknown[]) => serverMemory(some.filter(({ name }) => !names.includes(name)));
        const withoutStudio = (names: unknown[]) =>
          serverMemory(some.map((each) => (names.includes(each.name) ? { ...each, services: { ...each.services, studio: false } } : each)));
        if (moved.length > 0) expect([without(moved) <= memory, without(moved.slice(0, -1)) > memory]).toEqual([true, true]);
        if (quiet.length > 0) expect([withoutStudio(quiet) <= memory, withoutStudio(quiet.slice(0, -1)) > memory]).toEqual([true, true]);
      }),
    );
  });

  test("a server of the size that is named is enough", () => {
    fc.assert(
      fc.property(projects, (some) => {
        const text = tooSmall(some, 256, "projects.yaml") ?? "";
        const gigabytes = Number(/a server with (\d+) GB or more/.exec(text)?.[1]);
        expect(usable(gigabytes)).toBeGreaterThanOrEqual(serverMemory(some));
        expect(usable(gigabytes - 1)).toBeLessThan(serverMemory(some));
      }),
    );
  });
});

test("the server that it names has room for Kong too", () => {
  fc.assert(
    fc.property(projects, (some) => {
      const needed = serverMemory(some, "kong");
      const gigabytes = /a server with (\d+) GB/.exec(tooSmall(some, needed - 1, "projects.yaml", "kong")!)?.[1];
      if (gigabytes !== undefined) expect(usable(Number(gigabytes))).toBeGreaterThanOrEqual(needed);
    }),
  );
});

test("the least limits are below the default ones", () => {
  for (const service of PROJECT_SERVICES) expect(LEAST_MEMORY[service]).toBeLessThan(DEFAULT_MEMORY[service]);
});

test("docs/sizing.md is current", () => {
  const page = readFileSync(new URL("../../../docs/sizing.md", import.meta.url), "utf8");
  expect(page).toContain(renderSizing());
  expect(page).toContain(renderSums());
  expect(page).toContain(renderLimits());
});
