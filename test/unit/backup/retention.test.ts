import { expect, test } from "@jest/globals";
import type { Kind, Level, Manifest } from "../../../images/backup/manifest.ts";
import { outOfRule, renderRule, toForget, unfinished } from "../../../images/backup/retention.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const made = (daysAgo: number, kind: Kind = "scheduled", level: Level = 3): Manifest => {
  const begun = new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString();
  return { id: begun.replace(/[-:]|\.\d+/g, ""), begun, kind, level } as Manifest;
};
const ids = (manifests: Manifest[]) => manifests.map(({ id }) => id);

test("restic's words, and the newest always", () => {
  expect(renderRule({ daily: 7, weekly: 4, monthly: 6 })).toEqual(["--keep-last=1", "--keep-daily=7", "--keep-weekly=4", "--keep-monthly=6"]);
});

test("what the rule would not keep goes; final ones never, and the newest proven one never", () => {
  const [newest, old, final] = [made(0), made(20), made(30, "final")];
  expect(toForget([newest, old, final], new Set(ids([newest, old, final])), NOW)).toEqual([old.id]);
});

test("unproven ones go after a week, if there is a newer proven one; a week of failing proofs takes no good one away", () => {
  const failed = Array.from({ length: 9 }, (_, day) => made(day, "scheduled", 1));
  const good = made(10);
  expect(toForget([...failed, good], new Set([good.id]), NOW)).toEqual([]);
  const older = made(11, "scheduled", 2);
  expect(toForget([made(0), ...failed, good, older], new Set(), NOW)).toEqual([failed[8]!.id, older.id]);
});

test("without any proven one nothing goes", () => {
  expect(toForget([made(1, "scheduled", 0), made(100, "scheduled", 2)], new Set(), NOW)).toEqual([]);
});

test("what was there before a restore stays a month", () => {
  expect(toForget([made(0), made(29, "safety"), made(31, "safety")], new Set(), NOW)).toEqual([made(31, "safety").id]);
});

test("of two proofs of one backup, the one that is kept speaks for it", () => {
  expect([...outOfRule(["b"], ["b", "a"])]).toEqual(["a"]);
});

test("what a killed backup left in the repository goes; what has a proof, or is known here, does not", () => {
  const snapshot = (id: string, backup: string, part: string) => ({ id, time: "", paths: [], tags: ["project=blog", `backup=${backup}`, `part=${part}`] });
  const known = made(1);
  const all = [snapshot("1", "half", "before"), snapshot("2", "half", "set"), snapshot("3", "whole", "set"), snapshot("4", "whole", "proof"), snapshot("5", known.id, "set"), { id: "6", time: "", paths: [] }];
  expect(unfinished(all, [known])).toEqual(["1", "2"]);
});
