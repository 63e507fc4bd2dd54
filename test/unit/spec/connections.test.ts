import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DEFAULT_CONNECTIONS, leastConnections, maxConnections } from "../../../spec/connections.ts";
import { postgresSettings, replicationSlots, walSenders } from "../../../spec/connections.ts";
import { defaultProjects } from "../../../spec/sizing.ts";
import { project, projects } from "./arbitraries.ts";

const shared = (count: number) => defaultProjects({ shared: count, isolated: 0 });
const isolated = (count: number) => defaultProjects({ shared: 0, isolated: count });

describe("limits.connections", () => {
  test("the default is enough for every service, and for the owner", () => {
    // auth 2 × 5, rest 2 × 6, Storage 2 × 5, Realtime 9, meta 2 × 2, the owner's 5.
    expect(DEFAULT_CONNECTIONS).toBe(50);
  });

  test("the least: with the owner's one", () => {
    expect(leastConnections({ realtime: true, studio: true })).toBe(46);
    expect(leastConnections({ realtime: false, studio: true })).toBe(37);
    expect(leastConnections({ realtime: true, studio: false })).toBe(42);
    expect(leastConnections({ realtime: false, studio: false })).toBe(33);
  });
});

describe("Postgres' settings", () => {
  test("a connection for each that is promised, for the plane's and Realtime's own tables, and some for us", () => {
    fc.assert(
      fc.property(projects, (some) => {
        const promised = some.reduce((sum, each) => sum + each.limits.connections, 0);
        const dedicated = some.filter(({ services }) => services.realtime === "dedicated").length;
        const plane = some.some(({ architecture }) => architecture === "shared") ? 20 : 0;
        const planeRealtime = some.some(({ services }) => services.realtime === "shared") ? 10 : 0;
        expect(maxConnections(some)).toBeGreaterThanOrEqual(promised + 10 * dedicated + plane + planeRealtime + 20);
      }),
    );
  });

  test("two slots and a sender for each project with Realtime, and some for us", () => {
    fc.assert(
      fc.property(projects, (some) => {
        const count = some.filter(({ services }) => services.realtime !== "off").length;
        expect(replicationSlots(some)).toBeGreaterThanOrEqual(2 * count + 4);
        expect(walSenders(some)).toBeGreaterThanOrEqual(count + 4);
      }),
    );
  });

  test("more never needs less", () => {
    fc.assert(
      fc.property(projects, project, (some, more) => {
        const [before, after] = [postgresSettings(some), postgresSettings([...some, more])];
        for (const key of Object.keys(before) as (keyof typeof before)[]) expect(after[key]).toBeGreaterThanOrEqual(before[key]);
      }),
    );
  });

  test("another project seldom restarts Postgres: the steps", () => {
    expect([0, 1, 7, 8, 15, 16].map((count) => maxConnections(shared(count)))).toEqual([400, 400, 400, 800, 800, 1600]);
    expect([0, 1, 6, 7].map((count) => maxConnections(isolated(count)))).toEqual([400, 400, 400, 800]);
    expect([0, 8, 9, 23, 24].map((count) => replicationSlots(shared(count)))).toEqual([20, 20, 50, 50, 100]);
    expect([0, 16, 17, 46, 47].map((count) => walSenders(shared(count)))).toEqual([20, 20, 50, 50, 100]);
  });

  test("a project without Realtime has no slot and no sender", () => {
    const off = shared(1).map((each) => ({ ...each, services: { ...each.services, realtime: "off" as const } }));
    expect(replicationSlots(Array(500).fill(off[0]))).toBe(20);
    expect(walSenders(Array(500).fill(off[0]))).toBe(20);
  });

  test("as plain numbers", () => {
    expect(postgresSettings(shared(10))).toEqual({ maxConnections: 800, maxReplicationSlots: 50, maxWalSenders: 20 });
  });
});
