import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackupProject } from "../../../images/backup/project.ts";
import type { Settings } from "../../../images/backup/settings.ts";
import { placesIn } from "./placesIn.ts";

let folder: string;
/** What ends an exchange that was cut short; whether it can. */
let canEnd: boolean;
let tried: number;
let said: string[];
const say = (line: string) => void said.push(line);

const state = (...path: string[]): string => join(folder, "state", ...path);
const settings = { postgres: { superuser: {}, reader: {} } } as Settings;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "order-"));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/lock.ts", () => ({ withLock: (_: unknown, use: () => unknown) => use() }));
  jest.unstable_mockModule("../../../images/backup/repository.ts", () => ({ hasRepository: async () => true, openRepository: async () => {} }));
  jest.unstable_mockModule("../../../images/backup/postgres.ts", () => ({
    ...{ APPLICATION: "ours", asSuperuser: async () => {} },
    withClient: (_: unknown, use: (client: object) => unknown) => use({ query: async () => ({ rows: [] }) }),
  }));
  jest.unstable_mockModule("../../../images/backup/restorer.ts", () => ({ RESTORER: "restorer", shutRestorerOut: async () => {} }));
  jest.unstable_mockModule("../../../images/backup/pgRestore.ts", () => ({ LIST_FOLDER: "order-test-" }));
  jest.unstable_mockModule("../../../images/backup/template.ts", () => ({ TEMPLATE_COPY: "copy" }));
  jest.unstable_mockModule("../../../images/backup/restore.ts", () => ({
    dropDatabase: async () => {},
    replacedDatabase: () => "old",
    resumeRestores: async () => {
      tried++;
      if (canEnd) rmSync(state("journal"), { recursive: true });
    },
  }));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  [canEnd, tried, said] = [false, 0, []];
  rmSync(state(), { recursive: true, force: true });
  mkdirSync(state("journal"), { recursive: true });
});

const halfDone = () => writeFileSync(state("journal", "restore-blog.json"), JSON.stringify({ project: { name: "blog" } as BackupProject, backup: "20261122T030000Z", phase: "in" }));

async function jobThat(work: () => Promise<void>): Promise<void> {
  const { runJob } = await import("../../../images/backup/order.ts");
  await runJob({ settings, what: "restore docs", say, sayWaiting: () => {} }, work).catch(() => {});
}
async function refused(): Promise<void> {
  const { Refused } = await import("../../../images/backup/stop.ts");
  return jobThat(() => Promise.reject(new Refused("no such backup")));
}

describe("what is to be put in order after a job", () => {
  test("nothing, where it was refused or ended well", async () => {
    await refused();
    expect(existsSync(state("job.json"))).toBe(false);
    await jobThat(async () => {});
    expect(existsSync(state("job.json"))).toBe(false);
  });

  test("an exchange of before that could not be ended, also where the job was refused", async () => {
    halfDone();
    await refused();
    expect([tried, existsSync(state("job.json"))]).toEqual([1, true]);
    await jobThat(async () => {});
    expect([tried, existsSync(state("job.json"))]).toEqual([2, true]);
  });
});

test("an exchange is gone on with until it is done, also where nothing else says that a job did not end", async () => {
  const { putInOrderIfNeeded } = await import("../../../images/backup/order.ts");
  await putInOrderIfNeeded(settings, say);
  expect(tried).toBe(0);
  halfDone();
  await putInOrderIfNeeded(settings, say);
  canEnd = true;
  await putInOrderIfNeeded(settings, say);
  await putInOrderIfNeeded(settings, say);
  expect([tried, said]).toEqual([2, Array(2).fill("A job did not end well (restore of blog): putting in order what it left")]);
});
