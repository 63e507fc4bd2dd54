// A repository that is gone is a failure of each project, by schedule and by hand: what the outputs and `indie status` say of it is a file.
import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Status } from "../../../images/backup/catalog.ts";
import type { Settings } from "../../../images/backup/settings.ts";
import { placesIn } from "./placesIn.ts";

const GONE = /^The repository is gone: the backups that this server made \(01234567\) are not in it\./;
let folder: string;
let done: string[];
const file = (...path: string[]): string => join(folder, "state", ...path);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gone-repository-"));
  const nothing = async () => {};
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/restic.ts", () => ({ repositoryId: nothing, readTags: () => ({}) }));
  jest.unstable_mockModule("../../../images/backup/lock.ts", () => ({ withLock: (_: unknown, use: () => unknown) => use() }));
  jest.unstable_mockModule("../../../images/backup/backup.ts", () => ({ backUp: async () => void done.push("backed up") }));
  jest.unstable_mockModule("../../../images/backup/prove.ts", () => ({ prove: nothing }));
  jest.unstable_mockModule("../../../images/backup/removal.ts", () => ({ purge: nothing, purgeDue: nothing, readRemoval: nothing }));
  jest.unstable_mockModule("../../../images/backup/retention.ts", () => ({ applyRetention: nothing }));
  jest.unstable_mockModule("../../../images/backup/restore.ts", () => ({ dropDatabase: nothing, replacedDatabase: String, resumeRestores: nothing }));
  jest.unstable_mockModule("../../../images/backup/template.ts", () => ({ TEMPLATE_COPY: "copy" }));
  jest.unstable_mockModule("../../../images/backup/postgres.ts", () => ({ APPLICATION: "ours", asSuperuser: nothing, withClient: async () => [] }));
  jest.unstable_mockModule("../../../images/backup/restorer.ts", () => ({ RESTORER: "restorer", shutRestorerOut: nothing }));
  jest.unstable_mockModule("../../../images/backup/pgRestore.ts", () => ({ LIST_FOLDER: "gone-test-" }));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  done = [];
  rmSync(file(), { recursive: true, force: true });
  for (const each of ["projects", "times"]) mkdirSync(file(each), { recursive: true });
  for (const name of ["blog", "docs"]) writeFileSync(file("projects", `${name}.json`), JSON.stringify({ name, backups: { schedule: "0 3 * * *" } }));
  writeFileSync(file("repository.json"), '{ "id": "0123456789" }');
});

const failures = () => Object.entries(JSON.parse(readFileSync(file("status.json"), "utf8")) as Record<string, Status>).map(([name, { lastFailure }]) => [name, lastFailure?.text]);
const settings = { postgres: { superuser: {}, reader: {} } } as Settings;

test("by schedule: of each whose backup was due", async () => {
  const { runDue } = await import("../../../images/backup/schedule.ts");
  const long = new Date(Date.now() - 2 * 86_400_000).toISOString();
  writeFileSync(file("times", "blog.json"), JSON.stringify({ backup: long, drill: new Date().toISOString() }));
  await runDue(settings, () => {});
  expect([failures(), done]).toEqual([[["blog", expect.stringMatching(GONE)], ["docs", undefined]], []]);
});

test("by hand: of each that was asked for", async () => {
  const { failingBefore } = await import("../../../images/backup/chosen.ts");
  const { runJob } = await import("../../../images/backup/order.ts");
  const run = () => failingBefore(["docs"], (begun) => runJob({ settings, what: "backup docs", say: () => {}, sayWaiting: () => {} }, async () => (begun(), void done.push("backed up"))));
  await expect(run()).rejects.toThrow(GONE);
  expect([failures(), done]).toEqual([[["blog", undefined], ["docs", expect.stringMatching(GONE)]], []]);
});

test.each([
  ["once it has begun: what fails then has noted that itself", true, "Stop"],
  ["of what makes no sense: nothing was tried", false, "Refused"],
] as const)("nothing %s", async (_, hasBegun, kind) => {
  const { failingBefore } = await import("../../../images/backup/chosen.ts");
  const { writeStatus } = await import("../../../images/backup/catalog.ts");
  const Kind = (await import("../../../images/backup/stop.ts"))[kind];
  const run = failingBefore(["docs"], async (begun) => {
    if (hasBegun) begun();
    throw new Kind("no");
  });
  await expect(run).rejects.toThrow("no");
  await writeStatus();
  expect(failures()).toEqual([["blog", undefined], ["docs", undefined]]);
});
