import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isDrillDue, isDue, isPurgeDue, madeSince, type Times, whatIsDue } from "../../../images/backup/schedule.ts";
import { purgeDue, type Removal } from "../../../images/backup/removal.ts";
import { backupId, isBackupId, type Kind, type Level, type Manifest } from "../../../images/backup/manifest.ts";

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
    expect(whatIsDue({ ...times, drill: "2026-11-16T03:00:00.000Z" }, NIGHT, now)).toEqual([{ kind: "drill" }]);
    expect(whatIsDue({ ...times, backup: "2026-11-01T03:00:00.000Z", running: { kind: "backup", isAgain: false } }, undefined, now)).toEqual([]);
  });

  test("what was cut short, once more and not twice", () => {
    expect(whatIsDue({ ...times, running: { kind: "backup", isAgain: false } }, NIGHT, now)).toEqual([{ kind: "backup" }]);
    expect(whatIsDue({ ...times, running: { kind: "drill", isAgain: false } }, NIGHT, now)).toEqual([{ kind: "drill" }]);
    expect(whatIsDue({ ...times, running: { kind: "backup", isAgain: true } }, NIGHT, now)).toEqual([]);
  });

  test("a clock that was years ahead does not stop it for years; one that was an hour ahead makes none twice", () => {
    expect(whatIsDue({ ...times, backup: "2036-11-23T03:00:00.000Z" }, NIGHT, now)).toEqual([{ kind: "backup" }]);
    expect(whatIsDue({ ...times, backup: "2026-11-23T10:00:00.000Z" }, NIGHT, now)).toEqual([]);
  });

  test("what was hindered, an hour after the last try; not with a schedule that is off", () => {
    const hindered = (time: string): Times => ({ ...times, hindered: { backup: `2026-11-${time}:00.000Z` } });
    const again = [{ kind: "backup", since: last }];
    expect([hindered("23T08:01"), hindered("23T08:00")].map((each) => whatIsDue(each, NIGHT, now))).toEqual([[], again]);
    expect(whatIsDue(hindered("23T08:00"), undefined, now)).toEqual([]);
    expect(whatIsDue({ ...times, hindered: { drill: "2026-11-23T08:00:00.000Z" } }, NIGHT, now)).toEqual([{ kind: "drill", since: last }]);
    // Of a clock that was ahead.
    expect(whatIsDue(hindered("23T21:00"), NIGHT, now)).toEqual(again);
  });

  test("when the next one is due, that is, and not what was hindered; a try that was cut short neither", () => {
    const hindered = { backup: "2026-11-24T02:30:00.000Z" };
    expect(whatIsDue({ ...times, hindered }, NIGHT, at("24T03:30"))).toEqual([{ kind: "backup" }]);
    expect(whatIsDue({ ...times, hindered, running: { kind: "backup", isAgain: false } }, NIGHT, at("24T02:59"))).toEqual([{ kind: "backup" }]);
  });

  test("whatever was hindered and when: each at most once, by its schedule first, and the rest is of its own beginning", () => {
    const time = fc.date({ min: at("01T00:00"), max: at("30T00:00"), noInvalidDate: true }).map((date) => date.toISOString());
    const all = fc.record({ backup: time, drill: time, hindered: fc.record({ backup: time, drill: time }, { requiredKeys: [] }) });
    fc.assert(
      fc.property(all, time, (each, moment) => {
        const due = whatIsDue(each, NIGHT, new Date(moment));
        expect(new Set(due.map(({ kind }) => kind)).size).toBe(due.length);
        const bySchedule = whatIsDue({ ...each, hindered: undefined }, NIGHT, new Date(moment));
        expect(due.filter(({ since }) => since === undefined)).toEqual(bySchedule);
        for (const { kind, since } of due.filter((one) => one.since !== undefined)) {
          expect(since).toBe(each[kind]);
          expect(Math.abs(Date.parse(moment) - Date.parse(each.hindered[kind]!))).toBeGreaterThanOrEqual(3_600_000);
        }
      }),
    );
  });
});

describe("what there is of a backup that was hindered", () => {
  const since = "2026-11-23T03:00:05.000Z";
  const made = (minute: string, level: Level, faults: string[] = [], kind: Kind = "scheduled") => ({ id: minute, kind, begun: `2026-11-23T${minute}:00.000Z`, level, faults }) as Partial<Manifest> as Manifest;

  test("one whose proof was kept from its work is proven again; one that is proven meanwhile is it", () => {
    const [mine, former] = [made("03:01", 0), made("02:59", 3)];
    expect(madeSince([mine, former], since)).toBe(mine);
    const byHand = made("03:30", 3, [], "manual");
    expect(madeSince([byHand, mine, former], since)).toBe(byHand);
    // What was there before a restore is no night's.
    expect(madeSince([made("03:40", 3, [], "safety"), mine], since)).toBe(mine);
  });

  test.each([
    ["nothing", []],
    ["only the one of the night before", [made("02:59", 3)]],
    ["one that is not in the repository any more", [made("03:01", 0, ["its snapshot is not in the repository"]), made("02:59", 3)]],
    ["one that differs", [made("03:01", 2, ["table a has other rows"])]],
  ])("it is made: there is %s", (_, all) => {
    expect(madeSince(all, since)).toBeUndefined();
  });
});

test("the day of a purge", () => {
  expect(purgeDue({ phase: "locked", locked: "2026-11-01T00:00:00.000Z", project: {} as never }, 14).toISOString()).toBe("2026-11-15T00:00:00.000Z");
});

describe("a purge by itself", () => {
  const locked = (time: string, phase: Removal["phase"] = "locked"): Removal => ({ phase, locked: time, project: {} as never });
  const [long, now] = ["2026-11-01T00:00:00.000Z", at("23T09:00")];

  test.each<[string, Removal, boolean, boolean]>([
    ["whose day has come", locked(long), false, true],
    ["before its day", locked("2026-11-10T00:00:00.000Z"), false, false],
    ["whose day has come by a clock that is not believed", locked(long), true, false],
    ["of what was locked by a clock that was ahead", locked("2036-11-01T00:00:00.000Z"), false, false],
    ["that has begun, whatever the clock", locked(long, "purging"), true, true],
    ["of what is not locked yet", locked(long, "closing"), false, false],
    ["that is done", locked(long, "purged"), false, false],
  ])("%s", (_, removal, isDoubted, due) => expect(isPurgeDue(removal, 14, isDoubted, now)).toBe(due));
});

test("a backup's name is its time", () => {
  expect(backupId(new Date("2026-11-23T19:05:11.123Z"))).toBe("20261123T190511Z");
  expect(["20261123T190511Z", "--dry-run", "20261123"].map(isBackupId)).toEqual([true, false, false]);
});
