import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../../images/backup/manifest.ts";
import { placesIn } from "./placesIn.ts";

let folder: string;
/** Of a snapshot: the text of keys.json, or why it can not be read. */
let snapshots: Record<string, string | Error>;
let said: string[];
const say = (line: string) => void said.push(line);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seeds-"));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/restic.ts", () => ({
    snapshots: async ({ project, backup }: { project: string; backup: string }) => (snapshots[`${project} ${backup}`] === undefined ? [] : [{ id: `${project} ${backup}`, tree: "s" }]),
    readFile: async (id: string) => {
      if (snapshots[id] instanceof Error) throw snapshots[id];
      return snapshots[id];
    },
    readTags: () => ({}),
  }));
  process.env.STACK = "prod";
});
afterAll(() => {
  delete process.env.STACK;
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  [said, snapshots] = [[], {}];
  rmSync(join(folder, "state"), { recursive: true, force: true });
});

/** A backup of some content, and what its keys.json is. Undefined: its set is gone. */
function made(project: string, day: number, keys: string | Error | undefined, changes: Partial<Manifest> = {}): void {
  const id = `202611${day}T030000Z`;
  const manifest = { project, id, kind: "scheduled", level: 3, trees: { before: "b", set: "s" }, entry: { name: project, state: "removed" }, measure: { tables: { a: { rows: 1 } } }, objects: { rows: 0 }, vaultSecrets: 0, ...changes };
  const catalog = join(folder, "state", "catalog", project);
  mkdirSync(catalog, { recursive: true });
  writeFileSync(join(catalog, `${id}.json`), JSON.stringify(manifest));
  if (keys !== undefined) snapshots[`${project} ${id}`] = keys;
}
const keys = (seed: string) => JSON.stringify({ seed, generation: 1 });
const seedsOf = async () => {
  const { savedProjects } = await import("../../../images/backup/seeds.ts");
  const { saved, failed } = await savedProjects(say);
  return { seeds: Object.fromEntries(Object.entries(saved).map(([name, { seed }]) => [name, seed])), failed };
};

test("a project whose newest backup can not be read has its keys from an older one, and keeps none of the others from theirs", async () => {
  made("blog", 22, new Error("pack 12ab is damaged"));
  made("blog", 21, undefined);
  made("blog", 20, keys("of blog"));
  made("docs", 22, '{ "seed": "of docs" }');
  made("docs", 21, '{ "generation": 1 }');
  made("shop", 22, keys("of shop"));
  made("shop", 21, keys("older"));
  expect(await seedsOf()).toEqual({ seeds: { blog: "of blog", shop: "of shop" }, failed: ["docs"] });
  expect(said).toEqual([
    "blog: FAILED: the keys can not be had from backup 20261122T030000Z: pack 12ab is damaged",
    'blog: FAILED: the keys can not be had from backup 20261121T030000Z: backup 20261121T030000Z of "blog": its snapshot "set" is not in the repository',
    "blog: its keys are those of backup 20261120T030000Z",
    "docs: FAILED: the keys can not be had from backup 20261122T030000Z: its keys.json has no seed, or no generation",
    "docs: FAILED: the keys can not be had from backup 20261121T030000Z: its keys.json has no seed, or no generation",
  ]);
});

test("one that has no proven backup is not there; one of before a restore, or of an empty project, comes last or not at all", async () => {
  made("blog", 23, keys("unproven"), { level: 2 });
  made("docs", 23, keys("safety"), { kind: "safety" });
  made("docs", 22, keys("empty"), { measure: { tables: {}, sequences: {} } });
  made("docs", 21, keys("full"));
  expect(await seedsOf()).toEqual({ seeds: { docs: "full" }, failed: [] });
});

test("another stack's is said to be that", async () => {
  made("blog", 22, new Error("pack 12ab is damaged"));
  made("blog", 21, keys("theirs"), { stack: "staging" });
  expect(await seedsOf()).toEqual({ seeds: { blog: "theirs" }, failed: [] });
  expect(said.at(-1)).toMatch(/^blog: backup 20261121T030000Z was made by the stack "staging"/);
});

test("a repository that does not answer is no fault of a backup: nothing is tried again and again", async () => {
  made("blog", 22, new Error("dial tcp 192.0.2.1:443: i/o timeout"));
  made("blog", 21, keys("older"));
  await expect(seedsOf()).rejects.toThrow("i/o timeout");
});

test("for another that is to have the keys: the same, and an error where there are none", async () => {
  const { savedProjectAs } = await import("../../../images/backup/seeds.ts");
  made("blog", 22, "not JSON");
  made("blog", 21, keys("of blog"));
  made("docs", 22, undefined);
  expect(await savedProjectAs("blog", "copy", say)).toEqual({ copy: { seed: "of blog", generation: 1, entry: { name: "copy", state: "present", domains: [] }, from: "blog" } });
  await expect(savedProjectAs("docs", "copy", say)).rejects.toThrow('The keys of "docs" could not be had from any backup that is proven.');
  await expect(savedProjectAs("none", "copy", say)).rejects.toThrow('"none" has no backup that is proven.');
});
