import { expect, test } from "@jest/globals";
import { fileResults, isGreen, type JestResults, renderFiles, renderTotals, total } from "../../../cli/testResults.ts";

const file = (name: string, status: string, tests: string[]): JestResults => ({
  testResults: [{ name, status, startTime: 1000, endTime: 3500, assertionResults: tests.map((each) => ({ status: each })) }],
});

test("true counts, over all parts", () =>
  expect(total(fileResults([file("/r/a", "passed", ["passed", "passed", "pending"]), file("/r/b", "failed", ["failed", "passed", "todo"])]))).toEqual({
    passed: 3,
    failed: 1,
    skipped: 2,
  }));

test("a file that can not be loaded has failed", () => {
  const totals = total(fileResults([file("/r/a", "failed", []), file("/r/b", "passed", ["passed"])]));
  expect(totals).toEqual({ passed: 1, failed: 1, skipped: 0 });
  expect(isGreen(totals)).toBe(false);
});

test("a file whose tests all pass, but which fails after them, has failed", () =>
  expect(total(fileResults([file("/r/a", "failed", ["passed"])]))).toEqual({ passed: 1, failed: 1, skipped: 0 }));

test("no test is no success", () => {
  expect(isGreen(total([]))).toBe(false);
  expect(isGreen({ passed: 0, failed: 0, skipped: 4 })).toBe(false);
  expect(isGreen({ passed: 1, failed: 0, skipped: 0 })).toBe(true);
});

test("the closing line", () => {
  expect(renderTotals({ passed: 3, failed: 1 })).toBe("3 passed, 1 failed");
});

test("a file that has skipped some says so", () =>
  expect(renderFiles(fileResults([file("/r/test/a.test.ts", "passed", ["passed", "pending"])]), "/r")).toEqual([
    "✓     2.5 s  test/a.test.ts: 1 passed, 0 failed, 1 skipped",
  ]));

test("seconds of each file", () =>
  expect(renderFiles(fileResults([file("/r/test/a.test.ts", "passed", ["passed"])]), "/r")).toEqual(["✓     2.5 s  test/a.test.ts: 1 passed, 0 failed"]));
