import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { PathSet } from "../../../images/backup/pathSet.ts";

const setOf = (paths: readonly string[]) =>
  PathSet.of(
    (async function* () {
      yield* paths;
    })(),
  );

/** As it is on a disk. */
const utf8 = (text: string): string => Buffer.from(text).toString();

test("has what was put in, once, and nothing else; each can be taken once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), fc.array(fc.string({ unit: "binary" })), async (paths, others) => {
      const set = await setOf(paths);
      const expected = new Set(paths.map(utf8));
      expect(set.size).toBe(expected.size);
      const seen = [...paths, ...others].map((path) => [set.has(path), set.take(path), set.take(path), set.isTaken(path)]);
      const left = new Set(expected);
      expect(seen).toEqual([...paths, ...others].map(utf8).map((path) => [expected.has(path), left.delete(path), false, expected.has(path)]));
    }),
  );
});

test("those that were not taken are left, and whether they are all among others", async () => {
  const set = await setOf(["a", "b", "c"]);
  for (const path of ["b", "d"]) set.take(path);
  const left = set.left();
  expect([left.size, ["a", "b", "c"].map((path) => left.has(path))]).toEqual([2, [true, false, true]]);
  expect([left.isWithin(set), set.isWithin(left), left.isWithin(await setOf(["c", "x", "a"])), (await setOf([])).isWithin(left)]).toEqual([true, false, true, true]);
});

test("more than it makes room for at first, and none", async () => {
  const paths = Array.from({ length: 5000 }, (_, index) => `pictures/${index}/v1`);
  const set = await setOf(paths);
  expect([set.size, paths.every((path) => set.has(path)), set.has("pictures/5000/v1")]).toEqual([5000, true, false]);
  const none = await setOf([]);
  expect([none.size, none.has("pictures/1/v1")]).toEqual([0, false]);
});
