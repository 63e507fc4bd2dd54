import { expect, test } from "@jest/globals";
import { isDrillDue, isDue } from "../../../images/backup/schedule.ts";
import { purgeDue } from "../../../images/backup/removal.ts";
import { availableMemory } from "../../../images/backup/room.ts";
import { backupId, isBackupId } from "../../../images/backup/manifest.ts";

const at = (text: string) => new Date(`2026-11-${text}:00Z`);

test.each([
  ["before its time", "22T04:00", "23T02:59", false],
  ["at its time", "22T04:00", "23T03:00", true],
  ["once only", "23T03:00", "23T09:00", false],
  ["one that fell into a time when nothing ran", "20T03:00", "23T02:00", true],
])("a schedule of every night at 3, in UTC: %s", (_, last, now, due) => {
  expect(isDue("0 3 * * *", at(last), at(now))).toBe(due);
});

test("the drill is weekly", () => {
  expect([isDrillDue(at("16T03:01"), at("23T03:00")), isDrillDue(at("16T03:00"), at("23T03:00"))]).toEqual([false, true]);
});

test("the day of a purge", () => {
  expect(purgeDue({ phase: "locked", locked: "2026-11-01T00:00:00.000Z", project: {} as never }, 14).toISOString()).toBe("2026-11-15T00:00:00.000Z");
});

test("free memory, in MB; where nobody says, it is no reason", () => {
  expect(availableMemory("MemTotal: 4000 kB\nMemAvailable:    1000000 kB\n")).toBe(1024);
  expect(availableMemory("")).toBe(Infinity);
});

test("a backup's name is its time", () => {
  expect(backupId(new Date("2026-11-23T19:05:11.123Z"))).toBe("20261123T190511Z");
  expect(["20261123T190511Z", "--dry-run", "20261123"].map(isBackupId)).toEqual([true, false, false]);
});
