// What runs by itself is of the project as it is when its turn has come, which may be hours after it was found to be due.
import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Removal } from "../../../images/backup/removal.ts";
import type { Settings } from "../../../images/backup/settings.ts";
import { placesIn } from "./placesIn.ts";

const DAY = 24 * 60 * 60 * 1000;
let folder: string;
/** What happens while a job waits for another. */
let meanwhile: () => void;
let done: string[];
let failures: string[];
/** What a backup fails of. */
let fault: Error | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scheduled-"));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/order.ts", () => ({ runJob: (_: unknown, work: () => unknown) => (meanwhile(), work()) }));
  const manifest = { id: "20261122T030000Z", level: 3, kind: "scheduled" };
  jest.unstable_mockModule("../../../images/backup/backup.ts", () => ({
    backUp: async () => {
      if (fault !== undefined) throw fault;
      done.push("backed up");
      return manifest;
    },
  }));
  jest.unstable_mockModule("../../../images/backup/prove.ts", () => ({ prove: async () => (done.push("drilled"), manifest) }));
  jest.unstable_mockModule("../../../images/backup/retention.ts", () => ({ applyRetention: async () => {} }));
  jest.unstable_mockModule("../../../images/backup/catalog.ts", () => ({
    ...{ isProven: () => true, notProven: String, ownManifests: async () => [manifest], restorable: () => manifest, writeStatus: async () => {} },
    noteFailure: async (_: string, error: Error) => void failures.push(error.message),
  }));
  jest.unstable_mockModule("../../../images/backup/removal.ts", () => ({
    purge: async () => void done.push("purged"),
    purgeDue: ({ locked }: Removal, days: number) => new Date(Date.parse(locked!) + days * DAY),
    readRemoval: async () => removal,
  }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const LOCKED: Removal = { phase: "locked", locked: new Date(Date.now() - 15 * DAY).toISOString(), project: { name: "blog" } as never };
let removal: Removal | undefined;
const file = (...path: string[]): string => join(folder, "state", ...path);

function described(more: object = {}): void {
  mkdirSync(file("projects"), { recursive: true });
  writeFileSync(file("projects", "blog.json"), JSON.stringify({ name: "blog", backups: { schedule: "0 3 * * *" }, ...more }));
}

beforeEach(() => {
  [done, failures, meanwhile, removal, fault] = [[], [], () => {}, undefined, undefined];
  rmSync(file(), { recursive: true, force: true });
  described();
  mkdirSync(file("times"));
  const long = new Date(Date.now() - 9 * DAY).toISOString();
  writeFileSync(file("times", "blog.json"), JSON.stringify({ backup: long, drill: long }));
});

async function run(): Promise<void> {
  const { runDue } = await import("../../../images/backup/schedule.ts");
  await runDue({} as Settings, () => {});
}

test("what is due is done", async () => {
  await run();
  expect([done, failures]).toEqual([["backed up", "drilled"], []]);
});

test.each([
  ["what may pass is tried again within the hour", "Hindered", true],
  ["what does not pass by itself is not", "Lasting", false],
  ["nor is what took too long", "TimedOut", false],
] as const)("of what hinders a backup %s", async (_, kind, isAgain) => {
  fault = new (await import("../../../images/backup/stop.ts"))[kind]("hindered");
  await run();
  expect(failures).toEqual(["hindered"]);
  expect(JSON.parse(readFileSync(file("times", "blog.json"), "utf8")).hindered?.backup !== undefined).toBe(isAgain);
});

test.each([
  ["removed", () => described({ purgeAfterDays: 14 })],
  ["gone", () => rmSync(file("projects", "blog.json"), { force: true })],
])("of a project that is %s by then nothing is done, and nothing has failed", async (_, change) => {
  meanwhile = change;
  await run();
  expect([done, failures]).toEqual([[], []]);
});

test("a purge is done whose day has come", async () => {
  described({ purgeAfterDays: 14 });
  removal = LOCKED;
  await run();
  expect([done, failures]).toEqual([["purged"], []]);
});

test.each([
  ["brought back", () => (described(), (removal = undefined))],
  ["given more days", () => described({ purgeAfterDays: 30 })],
])("nothing is purged of what is %s by then", async (_, change) => {
  described({ purgeAfterDays: 14 });
  removal = LOCKED;
  meanwhile = () => void change();
  await run();
  expect([done, failures]).toEqual([[], []]);
});

test("nothing is purged where the clock has jumped there", async () => {
  described({ purgeAfterDays: 14 });
  removal = LOCKED;
  writeFileSync(file("clock.json"), JSON.stringify({ at: new Date(Date.now() - 3650 * DAY).toISOString(), boot: "another", uptime: 9 * 86_400 }));
  await run();
  expect(done).toEqual([]);
});

test("a try to purge of a clock that was ahead does not keep the purge from its day", async () => {
  described({ purgeAfterDays: 14 });
  removal = LOCKED;
  writeFileSync(file("times", "blog.purge.json"), JSON.stringify({ tried: new Date(Date.now() + 3650 * DAY).toISOString() }));
  await run();
  expect(done).toEqual(["purged"]);
});
