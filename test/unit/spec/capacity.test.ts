import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { maxConnections, projectMemory, renderSizing, serverMemory, tooSmall } from "../../../spec/capacity.ts";

const DEFAULTS = { connections: 30, memory: { auth: 128, rest: 256 } };
const limits = fc.record({
  connections: fc.integer({ min: 12, max: 300 }),
  memory: fc.record({ auth: fc.integer({ min: 64, max: 65_536 }), rest: fc.integer({ min: 64, max: 65_536 }) }),
});
const projects = fc.array(fc.record({ name: fc.stringMatching(/^[a-z]{3,8}$/), limits }), { maxLength: 30 });

describe("more never needs less", () => {
  test("one project more", () => {
    fc.assert(
      fc.property(projects, limits, (some, more) => {
        const all = [...some, { name: "more", limits: more }];
        expect(serverMemory(all)).toBeGreaterThan(serverMemory(some));
        expect(maxConnections(all)).toBeGreaterThanOrEqual(maxConnections(some));
      }),
    );
  });
  test("a higher limit", () => {
    fc.assert(
      fc.property(limits, fc.nat(1000), (low, more) => {
        const high = { connections: low.connections + more, memory: { auth: low.memory.auth + more, rest: low.memory.rest + more } };
        expect(projectMemory({ limits: high })).toBeGreaterThanOrEqual(projectMemory({ limits: low }));
      }),
    );
  });
});

test("Postgres has a connection for each that is promised, and some for us", () => {
  fc.assert(
    fc.property(projects, (some) => {
      expect(maxConnections(some)).toBeGreaterThanOrEqual(some.reduce((sum, each) => sum + each.limits.connections, 0) + 20);
    }),
  );
});

test("another project seldom restarts Postgres: from 1 to 12 never", () => {
  const of = (count: number) => maxConnections(Array(count).fill({ limits: DEFAULTS }));
  expect([0, 1, 12, 13, 26, 27].map(of)).toEqual([400, 400, 400, 800, 800, 1600]);
});

describe("what does not fit", () => {
  const blog = { name: "blog", limits: DEFAULTS };
  const shop = { name: "shop", limits: { connections: 100, memory: { auth: 128, rest: 2048 } } };

  test("exactly what is needed is enough, and 1 MB less is not", () => {
    fc.assert(
      fc.property(projects, (some) => {
        const needed = serverMemory(some);
        expect(tooSmall(some, needed, "projects.yaml")).toBeUndefined();
        expect(tooSmall(some, needed - 1, "projects.yaml")).toContain(`may take ${needed} MB of memory, and it has ${needed - 1} MB. Nothing was changed.`);
      }),
    );
  });

  test("says by how much, and three ways out", () => {
    expect(tooSmall([blog, shop], 3500, "projects.yaml")).toMatchInlineSnapshot(`
"The projects of this server may take 3892 MB of memory, and it has 3500 MB. Nothing was changed. What helps, the cheapest first:
  - smaller limits.memory, or fewer limits.connections, in projects.yaml: "shop" may take most, 2400 MB
  - a server with 5 GB or more
  - fewer projects here: "shop" on another server (\`server:\`)"
`);
  });

  test("a server that is too small for nothing at all", () => {
    expect(tooSmall([], 512, "projects.yaml")).toMatchInlineSnapshot(`
"The projects of this server may take 1024 MB of memory, and it has 512 MB. Nothing was changed. What helps, the cheapest first:
  - a server with 2 GB or more"
`);
  });
});

test("docs/sizing.md is current", () => {
  const page = readFileSync(new URL("../../../docs/sizing.md", import.meta.url), "utf8");
  expect(page).toContain(renderSizing(DEFAULTS));
});
