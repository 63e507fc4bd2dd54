import { describe, expect, test } from "@jest/globals";
import { restorable, showsThatAllIsWell } from "../../../images/backup/catalog.ts";
import { foundToBe, isEmpty, type Kind, type Level, type Manifest } from "../../../images/backup/manifest.ts";
import { ofOthers, outOfRule, renderRule, toForget, underRule, unfinished } from "../../../images/backup/retention.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const made = (daysAgo: number, kind: Kind = "scheduled", level: Level = 3, users = 1): Manifest => {
  const begun = new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString();
  const tables = { "auth.users": { rows: users, checksum: "0" }, "auth.schema_migrations": { rows: 77, checksum: "0" } };
  return { id: begun.replace(/[-:]|\.\d+/g, ""), begun, kind, level, measure: { tables, sequences: {} }, objects: { rows: 0, withoutFile: 0 }, vaultSecrets: 0 } as Partial<Manifest> as Manifest;
};
const snapshot = (id: string, backup: string, part: string, hostname = "prod") => ({ id, time: "", hostname, paths: [], tree: "", tags: ["project=blog", `backup=${backup}`, `part=${part}`] });
const empty = (daysAgo: number): Manifest => made(daysAgo, "scheduled", 3, 0);
const ids = (manifests: Manifest[]) => manifests.map(({ id }) => id);

test("restic's words, and the newest always", () => {
  expect(renderRule({ daily: 7, weekly: 4, monthly: 6 })).toEqual(["--keep-last=1", "--keep-daily=7", "--keep-weekly=4", "--keep-monthly=6"]);
});

test("the rule is asked about what is proven and was made by schedule or by hand; what is broken takes no place of a good one", () => {
  const [night, hand] = [made(0), made(1, "manual")];
  const all = [night, hand, made(2, "safety"), made(3, "final"), made(4, "scheduled", 0), made(5, "manual", 2)].map((manifest) => ({ ...manifest, project: "blog" }));
  expect(underRule(all)).toEqual([night, hand].map(({ id }) => ({ project: "blog", backup: id, part: "proof" })));
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

describe("what was proven and is not any more", () => {
  /** @param daysAgo since when */
  const lowered = (manifest: Manifest, daysAgo: number): Manifest =>
    foundToBe(manifest, { level: 0, faults: ["its snapshot is not there"] }, new Date(NOW.getTime() - daysAgo * 86_400_000));

  test("stays a week from then on, and not from when it was made: the repository may be mended, and it is whole again", () => {
    const [newest, today, week] = [made(0), lowered(made(30), 0), lowered(made(40), 8)];
    expect(toForget([newest, today, week], new Set(), NOW)).toEqual([week.id]);
    // Restored once more, and in vain: it is looked after.
    expect(toForget([newest, foundToBe(week, { level: 1, faults: ["broken"] }, NOW)], new Set(), NOW)).toEqual([]);
  });

  test("goes for no backup of an empty project, as a new server's nights make them; what is empty itself does", () => {
    const [full, bare] = [lowered(made(60), 30), lowered(empty(50), 30)];
    expect(toForget([empty(0), empty(1), bare, full], new Set(), NOW)).toEqual([bare.id]);
    // Nor for one that was made before a restore, and goes in a month itself.
    expect(toForget([made(1, "safety"), full, made(70)], new Set(), NOW)).toEqual([]);
  });

  test("and let a project go: never, as a project that was purged has nothing else", () => {
    const final = foundToBe(lowered(made(800, "final"), 30), { level: 1, faults: ["once more"] }, new Date(NOW.getTime() - 20 * 86_400_000));
    expect(toForget([made(0), final], new Set(), NOW)).toEqual([]);
  });

  test("is proven again like any other", () => {
    expect(foundToBe(lowered(made(2), 1), { level: 3, faults: [] }, NOW)).toEqual({ ...made(2), faults: [], proven: NOW.toISOString() });
  });
});

test("without any proven one nothing goes", () => {
  expect(toForget([made(1, "scheduled", 0), made(100, "scheduled", 2)], new Set(), NOW)).toEqual([]);
});

test("what was there before a restore stays a month, proven or not: a rollback may need it", () => {
  expect(toForget([made(0), made(29, "safety"), made(31, "safety")], new Set(), NOW)).toEqual([made(31, "safety").id]);
  expect(toForget([made(0), made(29, "safety", 2), made(31, "safety", 2)], new Set(), NOW)).toEqual([made(31, "safety", 2).id]);
});

test("what failed tries of a removal left goes like others; the one that let a project go never", () => {
  const [young, old, good] = [made(6, "final", 2), made(8, "final", 2), made(800, "final")];
  expect(toForget([made(0), young, old, good], new Set(), NOW)).toEqual([old.id]);
  expect(toForget([old, made(9), good], new Set(), NOW)).toEqual([]);
});

test("by a clock that is not believed nothing is old; what the rule would not keep goes all the same", () => {
  const [newest, old] = [made(0), made(2)];
  expect(toForget([newest, made(800, "safety"), old, made(800, "scheduled", 2)], new Set([old.id]), undefined)).toEqual([old.id]);
});

test("a new server's backups of empty projects are not what is restored, and take away none that is", () => {
  const [one, two, full, older] = [empty(0), empty(1), made(9), made(10)];
  expect(restorable([one, two, full, older])).toBe(full);
  expect(toForget([one, two, full, older], new Set(ids([one, two, full, older])), NOW)).toEqual([two.id, older.id]);
  expect(restorable([one, two])).toBe(one);
  expect(restorable([made(0, "safety"), made(1, "scheduled", 2), full])).toBe(full);
  expect(restorable([made(1, "scheduled", 2)])).toBeUndefined();
});

test("empty is a project in which nothing is but what services note of themselves", () => {
  const changed = (changes: Partial<Manifest>) => isEmpty({ ...empty(0), ...changes });
  expect([changed({}), changed({ vaultSecrets: 1 }), changed({ objects: { rows: 1, withoutFile: 0 } }), isEmpty(made(0))]).toEqual([true, false, false, false]);
});

test("of two proofs of one backup, the one that is kept speaks for it", () => {
  expect([...outOfRule(["b"], ["b", "a"])]).toEqual(["a"]);
});

test("what a killed backup left in the repository goes; what has a proof, or is known here, does not", () => {
  const known = made(1);
  const all = [snapshot("1", "half", "before"), snapshot("2", "half", "set"), snapshot("3", "whole", "set"), snapshot("4", "whole", "proof"), snapshot("5", known.id, "set"), { id: "6", time: "", hostname: "prod", paths: [], tree: "" }];
  expect(unfinished(all, [known])).toEqual(["1", "2"]);
});

test("a failure is over with a proven backup, but not with an older one than that which failed", () => {
  const [broken, older, safety] = [made(1, "scheduled", 2), made(2), made(0, "safety", 2)];
  expect(showsThatAllIsWell(older, [broken, older])).toBe(false);
  expect(showsThatAllIsWell(broken, [broken, older])).toBe(false);
  expect(showsThatAllIsWell(made(0), [made(0), broken, older])).toBe(true);
  expect(showsThatAllIsWell(older, [safety, older])).toBe(true);
});

test("another stack's backups in the same repository are its own to take away; what both have of one name is this one's", () => {
  const all = [snapshot("1", "mine", "proof"), snapshot("2", "theirs", "set", "staging"), snapshot("3", "theirs", "proof", "staging"), snapshot("4", "both", "set"), snapshot("5", "both", "set", "staging")];
  expect([...ofOthers(all, "prod")]).toEqual(["theirs"]);
  expect([...ofOthers(all, "another")]).toEqual(["mine", "theirs", "both"]);
});
