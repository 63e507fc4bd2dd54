// A new server's night may come before its data is brought back: what is restored then is what is meant, or nothing.
import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../../images/backup/manifest.ts";
import type { BackupProject } from "../../../images/backup/project.ts";
import { placesIn } from "./placesIn.ts";

let folder: string;
let said: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "to-restore-"));
  process.env.STACK = "prod";
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
});
afterAll(() => {
  delete process.env.STACK;
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  said = [];
  rmSync(join(folder, "state"), { recursive: true, force: true });
});

const made = (day: number, users = 1, change: Partial<Manifest> = {}): Manifest => {
  const measure = { tables: { "auth.users": { rows: users, checksum: "0" } }, sequences: {} };
  return { project: "blog", id: `202611${day}T030000Z`, begun: `2026-11-${day}T03:00:00.000Z`, stack: "prod", kind: "scheduled", level: 3, faults: [], measure, objects: { rows: 0, withoutFile: 0 }, vaultSecrets: 0, ...change } as Partial<Manifest> as Manifest;
};

function there(all: Manifest[], found: Record<string, string> | undefined): void {
  mkdirSync(join(folder, "state", "catalog", "blog"), { recursive: true });
  for (const each of all) writeFileSync(join(folder, "state", "catalog", "blog", `${each.id}.json`), JSON.stringify(each));
  writeFileSync(join(folder, "state", "repository.json"), JSON.stringify({ id: "0123456789", found }));
}
const FOUND = { blog: made(21).id };

async function meant(change: { project?: string; from?: string; backup?: string; withoutSafetyBackup?: boolean } = {}): Promise<string> {
  const { findToRestore } = await import("../../../images/backup/toRestore.ts");
  const found = findToRestore({ project: "blog", withoutSafetyBackup: false, say: (line) => said.push(line), ...change });
  return found.then(({ id }) => id.slice(6, 8), (error: Error) => error.message);
}

test("of what was there before and what was made since, which has something in it, nothing is restored that is not named; both are, with the command for each", async () => {
  there([made(20), made(21), made(22)], FOUND);
  const both = (words: string) => [expect.stringContaining("Which one is meant?"), expect.stringMatching(`^What was there before, of 2026-11-21T03:00:00.000Z: npm run indie -- restore ${words.replace("ID", "20261121T030000Z")} --stack prod$`), expect.stringMatching(`^What is here since, of 2026-11-22T03:00:00.000Z: npm run indie -- restore ${words.replace("ID", "20261122T030000Z")} --stack prod$`), "Nothing was changed."];
  expect((await meant()).split("\n")).toEqual(both("blog --backup ID"));
  expect((await meant({ withoutSafetyBackup: true })).split("\n")).toEqual(both("blog --backup ID --without-safety-backup"));
  expect((await meant({ project: "copy", from: "blog" })).split("\n")).toEqual(both("copy --from blog --backup ID"));
  expect(await meant({ backup: made(20).id })).toBe("20");
});

test("once a restore of the project has ended, the newest is meant; of others nothing has changed", async () => {
  there([made(21), made(22)], { ...FOUND, docs: "20261121T030000Z" });
  const { endJournal, writeJournal } = await import("../../../images/backup/journal.ts");
  const { readKnown } = await import("../../../images/backup/knownRepository.ts");
  const journal = { project: { name: "blog" } as BackupProject, backup: made(21).id, phase: "clear" as const };
  await writeJournal(journal);
  await endJournal(journal);
  expect(await meant()).toBe("22");
  expect(await readKnown()).toEqual({ id: "0123456789", found: { docs: "20261121T030000Z" } });
});

test.each<[string, Manifest[], Record<string, string> | undefined, string]>([
  ["an empty one since", [made(21), made(22, 0)], FOUND, "21"],
  ["nothing but empty ones before", [made(21, 0), made(22)], FOUND, "22"],
  ["none before that is proven", [made(21, 1, { level: 1 }), made(22)], FOUND, "22"],
  ["none since that is proven", [made(21), made(22, 1, { level: 1 })], FOUND, "21"],
  ["one of before a restore since", [made(21), made(22, 1, { kind: "safety" })], FOUND, "21"],
  ["a server that began with an empty repository", [made(21), made(22)], undefined, "22"],
  ["one that is another stack's since", [made(21, 1, { stack: "dev" }), made(22, 1, { stack: "dev" })], FOUND, "22"],
])("it is clear with %s", async (_, all, found, day) => {
  there(all, found);
  expect(await meant()).toBe(day);
});
