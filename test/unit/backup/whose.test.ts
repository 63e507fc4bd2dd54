import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { restorable } from "../../../images/backup/catalog.ts";
import { isEmpty, type Manifest } from "../../../images/backup/manifest.ts";
import type { Snapshot } from "../../../images/backup/restic.ts";
import { isOwn, madeBy, ownFirst, saysWhose, speaksBefore } from "../../../images/backup/whose.ts";

const made = (id: string, stack: string | undefined, change: Partial<Manifest> & { users?: number } = {}): Manifest => {
  const { users = 1, ...rest } = change;
  const measure = { tables: { "auth.users": { rows: users, checksum: "0" } }, sequences: {} };
  return { id, stack, project: "blog", kind: "scheduled", level: 3, faults: [], measure, objects: { rows: 0, withoutFile: 0 }, vaultSecrets: 0, ...rest } as Partial<Manifest> as Manifest;
};
const chosen = (all: Manifest[]) => ownFirst(all, "prod", restorable);

test("the newest of this stack's own, however new another's is", () => {
  const [theirs, mine, older] = [made("4", "staging"), made("3", "prod"), made("2", "prod")];
  expect(chosen([theirs, mine, older])).toBe(mine);
  expect(saysWhose(mine, "prod")).toBeUndefined();
});

test("another's only where there is none of the own that is proven, and it is said whose", () => {
  const [theirs, broken, safety] = [made("4", "staging"), made("5", "prod", { level: 2 }), made("6", "prod", { kind: "safety" })];
  expect(chosen([safety, broken, theirs])).toBe(theirs);
  expect(saysWhose(theirs, "prod")).toBe('backup 4 was made by the stack "staging", as "prod" has none that is proven and has something in it');
  expect(chosen([made("4", "staging", { level: 1 })])).toBeUndefined();
});

test("not one of a project that is empty where another stack's is not: a new server may have made it", () => {
  const [empty, theirs] = [made("5", "prod", { users: 0 }), made("4", "staging")];
  expect(chosen([empty, theirs])).toBe(theirs);
  expect(chosen([made("6", "staging", { users: 0 }), empty, made("3", "staging", { level: 2 })])).toBe(empty);
});

test("whatever others made, what is chosen is what there would be without them, if that is not empty", () => {
  const manifest = fc.record({ stack: fc.constantFrom("prod", "staging", undefined), level: fc.constantFrom(0, 2, 3), users: fc.constantFrom(0, 1), kind: fc.constantFrom("manual", "safety") });
  fc.assert(
    fc.property(fc.array(manifest), (drawn) => {
      const all = drawn.map(({ stack, ...change }, index) => made(String(100 - index), stack, change as Partial<Manifest>));
      const [own, any] = [restorable(all.filter((each) => isOwn(each, "prod"))), restorable(all)];
      const [hasOwn, hasAny] = [own, any].map((each) => each !== undefined && !isEmpty(each));
      expect(chosen(all)).toBe(hasOwn ? own : hasAny ? any : (own ?? any));
    }),
  );
});

const snapshot = (hostname: string, part: string, tree = "t"): Snapshot => ({ id: `${hostname}-${part}`, time: "", hostname, paths: [], tree, tags: ["project=blog", "backup=3", "kind=manual", `part=${part}`] });
const old = (change: Partial<Manifest> = {}) => made("3", undefined, { trees: { before: "b", set: "s" }, ...change });

test.each([
  ["what it says itself", made("3", "staging"), [snapshot("prod", "set", "s")], "staging"],
  ["an old one's snapshot, and not who proved it last", old(), [snapshot("staging", "set", "s"), snapshot("prod", "proof")], "staging"],
  ["of two of one second, the one that was written", old(), [snapshot("prod", "set", "another"), snapshot("staging", "set", "s")], "staging"],
  ["its proof, where nothing else is there", old(), [snapshot("prod", "proof")], "prod"],
  ["that of a version that noted no snapshots", old({ trees: undefined }), [snapshot("staging", "set"), snapshot("staging", "proof")], "staging"],
  ["nobody: it is gone", old(), [], undefined],
  ["nobody: that is another backup's", old({ id: "4" }), [snapshot("staging", "proof")], undefined],
])("whose a backup is: %s", (_, manifest, snapshots, stack) => {
  expect(madeBy(manifest, snapshots)).toBe(stack);
});

test("of two of one name this stack's own is it; of two proofs of one, the later", () => {
  const [mine, theirs, later] = [made("3", "prod", { proven: "2026-11-23" }), made("3", "staging", { proven: "2026-11-25" }), made("3", "prod", { proven: "2026-11-24" })];
  expect([speaksBefore(mine, theirs, "prod"), speaksBefore(theirs, mine, "prod"), speaksBefore(later, mine, "prod"), speaksBefore(mine, later, "prod")]).toEqual([true, false, true, false]);
});
