import { describe, expect, test } from "@jest/globals";
import { connections, disk, memory, outgrown, plane, server } from "../../../../../cli/indie/status/outgrown.ts";
import type { ProjectStatus, Service } from "../../../../../cli/indie/status/report.ts";

const service = (word: string, used: number | null, limit: number | null): Service => ({
  ...{ service: word, container: `${word}-1`, state: "running", health: "healthy" },
  memory: { used, limit },
});
const project = (name: string, more: Partial<ProjectStatus> = {}): ProjectStatus => ({
  ...{ name, url: `http://${name}.localhost`, architecture: "shared", state: "present", services: [], connections: null, databaseSize: null, lastProvenBackup: null, provenBackups: null },
  ...more,
});
const host = (services: Service[], used: number | null = null, available: number | null = null) => ({ services, memory: { used, available }, freeDisk: null });
const uses = (used: number) => ({ connections: { used, limit: 44 } });

describe("connections: from 80 % of the limit on", () => {
  test.each([
    ["below", { used: 35, limit: 44 }, []],
    ["not known", null, []],
    ["no limit", { used: 35, limit: -1 }, []],
    ["close", { used: 36, limit: 44 }, ["blog uses 36 of its 44 connections → a higher limits.connections"]],
  ])("%s", (_, use, texts) => expect(connections(project("blog", { connections: use })).map(({ text }) => text)).toEqual(texts));
});

describe("memory of a service of its own: from 85 % of the limit on", () => {
  test.each([
    ["below", service("auth", 84, 100), []],
    ["not known", service("auth", null, 100), []],
    ["no limit", service("auth", 900, null), []],
    ["close", service("auth", 85, 100), ["blog: auth takes 85 of 100 MB → a higher limits.memory.auth"]],
  ])("%s", (_, one, texts) => expect(memory(project("blog", { services: [one, service("rest", 1, 100)] })).map(({ text }) => text)).toEqual(texts));
});

describe("a database as large as the free disk", () => {
  test.each([
    ["smaller", 99, 100, 0],
    ["as large", 100, 100, 1],
    ["not known", null, 100, 0],
    ["a disk elsewhere", 100, null, 0],
  ])("%s", (_, databaseSize, freeDisk, count) => expect(disk({ name: "blog", databaseSize }, { freeDisk })).toHaveLength(count));

  test("says what for", () =>
    expect(disk({ name: "blog", databaseSize: 120 }, { freeDisk: 100 })).toEqual([
      { rule: "disk", project: "blog", text: "blog's database has 120 MB, and 100 MB of the disk are free: a restore needs its size once more → a larger disk, or a server of its own" },
    ]));
});

describe("what all shared projects use: from 85 % of the limit on", () => {
  const tight = host([service("storage", 340, 384), service("realtime", 100, 384), service("postgres", 99, 100)]);

  test("the busiest of them had better be isolated", () =>
    expect(plane({ projects: [project("docs", uses(3)), project("blog", uses(9)), project("shop", { architecture: "isolated", ...uses(20) })], server: tight })).toEqual([
      { rule: "plane", project: "blog", text: "storage takes 340 of 384 MB, for all shared projects → architecture: isolated for the busiest, which by its connections is blog" },
    ]));

  test("nobody where nobody shares", () => {
    expect(plane({ projects: [project("shop", { architecture: "isolated" })], server: tight })).toEqual([]);
    expect(plane({ projects: [project("blog", { state: "suspended" })], server: tight })).toEqual([]);
  });
});

describe("all containers: from 85 % of the server's memory on", () => {
  const large = project("shop", { architecture: "isolated", services: [service("auth", 50, null), service("storage", 300, null)] });
  const small = project("mail", { architecture: "isolated", services: [service("auth", 60, null)] });

  test("a server of its own for the largest isolated one", () =>
    expect(server({ projects: [small, large, project("blog")], server: host([], 850, 1000) })).toEqual([
      { rule: "server", project: "shop", text: "all containers take 850 of the server's 1000 MB → a larger server, or a server of its own for shop" },
    ]));

  test("a larger one where there is none", () =>
    expect(server({ projects: [project("blog")], server: host([], 850, 1000) })).toEqual([
      { rule: "server", project: null, text: "all containers take 850 of the server's 1000 MB → a larger server" },
    ]));

  test.each([[849, 1000], [null, 1000], [850, null]])("nothing at %s of %s", (used, available) => expect(server({ projects: [large], server: host([], used, available) })).toEqual([]));
});

test("all rules, in the order of what they cost", () => {
  const projects = [project("blog", { ...uses(44), services: [service("auth", 96, 96)], databaseSize: 9000 })];
  const full = { ...host([service("gateway", 256, 256)], 990, 1000), freeDisk: 10 };
  expect(outgrown({ projects, server: full }).map(({ rule }) => rule)).toEqual(["connections", "memory", "disk", "plane", "server"]);
});
