import { describe, expect, test } from "@jest/globals";
import { isDrillDue, isDue, whatIsDue } from "../../../images/backup/schedule.ts";
import { purgeDue } from "../../../images/backup/removal.ts";
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

describe("what is due", () => {
  const NIGHT = "0 3 * * *";
  const [last, now] = ["2026-11-23T03:00:05.000Z", at("23T09:00")];
  const times = { backup: last, drill: last };

  test("nothing, a drill alone, a schedule that is off", () => {
    expect(whatIsDue(times, NIGHT, now)).toEqual([]);
    expect(whatIsDue({ ...times, drill: "2026-11-16T03:00:00.000Z" }, NIGHT, now)).toEqual(["drill"]);
    expect(whatIsDue({ ...times, backup: "2026-11-01T03:00:00.000Z", running: { kind: "backup", isAgain: false } }, undefined, now)).toEqual([]);
  });

  test("what was cut short, once more and not twice", () => {
    expect(whatIsDue({ ...times, running: { kind: "backup", isAgain: false } }, NIGHT, now)).toEqual(["backup"]);
    expect(whatIsDue({ ...times, running: { kind: "drill", isAgain: false } }, NIGHT, now)).toEqual(["drill"]);
    expect(whatIsDue({ ...times, running: { kind: "backup", isAgain: true } }, NIGHT, now)).toEqual([]);
  });

  test("a clock that was years ahead does not stop it for years; one that was an hour ahead makes none twice", () => {
    expect(whatIsDue({ ...times, backup: "2036-11-23T03:00:00.000Z" }, NIGHT, now)).toEqual(["backup"]);
    expect(whatIsDue({ ...times, backup: "2026-11-23T10:00:00.000Z" }, NIGHT, now)).toEqual([]);
  });
});

test("the day of a purge", () => {
  expect(purgeDue({ phase: "locked", locked: "2026-11-01T00:00:00.000Z", project: {} as never }, 14).toISOString()).toBe("2026-11-15T00:00:00.000Z");
});

test("a backup's name is its time", () => {
  expect(backupId(new Date("2026-11-23T19:05:11.123Z"))).toBe("20261123T190511Z");
  expect(["20261123T190511Z", "--dry-run", "20261123"].map(isBackupId)).toEqual([true, false, false]);
});
