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
    // auth 2 × 4, rest 2 × 5, Storage 2 × 4, Realtime 9, meta 2 × 2, the owner's 5.
    expect(DEFAULT_CONNECTIONS).toBe(44);
  });

  test("the least: with the owner's one", () => {
    expect(leastConnections({ realtime: true, studio: true })).toBe(40);
    expect(leastConnections({ realtime: false, studio: true })).toBe(31);
    expect(leastConnections({ realtime: true, studio: false })).toBe(36);
    expect(leastConnections({ realtime: false, studio: false })).toBe(27);
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
        for (const key of Object.keys(before)) expect(after[key]!).toBeGreaterThanOrEqual(before[key]!);
      }),
    );
  });

  test("another project seldom restarts Postgres: the steps", () => {
    expect([0, 1, 12, 13, 26, 27].map((count) => maxConnections(shared(count)))).toEqual([600, 600, 600, 1200, 1200, 2400]);
    expect([0, 1, 10, 11].map((count) => maxConnections(isolated(count)))).toEqual([600, 600, 600, 1200]);
    expect([0, 23, 24].map((count) => replicationSlots(shared(count)))).toEqual([50, 50, 100]);
    expect([0, 46, 47].map((count) => walSenders(shared(count)))).toEqual([50, 50, 100]);
  });

  test("a project without Realtime has no slot and no sender", () => {
    const off = shared(1).map((each) => ({ ...each, services: { ...each.services, realtime: "off" as const } }));
    expect(replicationSlots(Array(500).fill(off[0]))).toBe(50);
    expect(walSenders(Array(500).fill(off[0]))).toBe(50);
  });

  test("by their names in Postgres", () => {
    expect(postgresSettings(shared(10))).toEqual({ max_connections: 600, max_replication_slots: 50, max_wal_senders: 50 });
  });
});
