import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placesIn } from "./placesIn.ts";

let folder: string;
let said: string[];
const say = (line: string) => void said.push(line);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chosen-"));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  said = [];
  for (const name of ["blog", "docs", "shop"]) described(name);
});

function described(name: string, more: object = {}): void {
  const projects = join(folder, "state", "projects");
  mkdirSync(projects, { recursive: true });
  writeFileSync(join(projects, `${name}.json`), JSON.stringify({ name, ...more }));
}
const REMOVED = { purgeAfterDays: 14 };

/** What is done for each, with the job of one before it in which an update changes the projects. */
async function doneFor(chosen: { names: string[]; all: boolean }, meanwhile: () => void): Promise<unknown[]> {
  const { forEachPresent, presentNames } = await import("../../../images/backup/chosen.ts");
  const names = await presentNames(chosen);
  meanwhile();
  const done: unknown[] = [];
  await forEachPresent(chosen, names, say, async (project) => void done.push(project)).catch((error: Error) => done.push(error.message));
  return done;
}

test("what is removed while a job waits for another is not touched; the others are", async () => {
  expect(await doneFor({ names: ["blog", "shop"], all: false }, () => described("blog", REMOVED))).toEqual([{ name: "shop" }, "Not done for blog"]);
  expect(said).toEqual([expect.stringMatching(/^blog: FAILED: "blog" has state: removed in projects\.yaml/)]);
});

test("of --all it is left out, as it would have been", async () => {
  described("shop", REMOVED);
  expect(await doneFor({ names: [], all: true }, () => described("blog", REMOVED))).toEqual([{ name: "docs" }]);
  expect(said).toEqual(["blog: is being removed by now, so it is left out"]);
});

test("each is as the last update has described it", async () => {
  expect(await doneFor({ names: ["docs"], all: false }, () => described("docs", { database: "another" }))).toEqual([{ name: "docs", database: "another" }]);
});

test("what is removed already, or is not there, is refused before anything waits", async () => {
  const { presentNames, readPresent } = await import("../../../images/backup/chosen.ts");
  described("blog", REMOVED);
  await expect(presentNames({ names: ["docs", "blog"], all: false })).rejects.toThrow('"blog" has state: removed');
  await expect(presentNames({ names: ["none"], all: false })).rejects.toThrow('This server has no project "none". It has: blog, docs, shop.');
  await expect(readPresent("blog")).rejects.toThrow('"blog" has state: removed');
});
