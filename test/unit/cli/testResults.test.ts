import { expect, test } from "@jest/globals";
import { fileResults, isGreen, type JestResults, renderFiles, renderTotals, total } from "../../../cli/testResults.ts";

/** As jest has it: with colours, empty lines, and the stack. */
const MESSAGE = `Error: \u001b[2mexpect(\u001b[22mreceived)\n\nExpected: 1\n    at Object.<anonymous> (a.test.ts:1:1)\n    at node:internal/x:1:1`;

const file = (name: string, status: string, tests: string[]): JestResults => ({
  testResults: [{ name, status, startTime: 1000, endTime: 3500, message: "  ● Test suite failed to run\n\n    Cannot find module", assertionResults: tests.map((each, index) => ({ status: each, fullName: `test ${index}`, failureMessages: each === "failed" ? [MESSAGE] : [] })) }],
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

test("what failed in a file stands under its line, and why, without the stack", () => {
  const [line, ...under] = renderFiles(fileResults([file("/r/test/a.test.ts", "failed", ["passed", "failed"])]), "/r");
  expect(line).toBe("✗     2.5 s  test/a.test.ts: 1 passed, 1 failed");
  expect(under).toEqual(["    ✗ test 1", "        Error: expect(received)", "        Expected: 1"]);
});

test("where all fail for one reason it is said once; and why a file could not be loaded", () => {
  const shown = (tests: string[]) => renderFiles(fileResults([file("/r/a", "failed", tests)]), "/r").slice(1);
  expect(shown(["failed", "failed"])).toEqual(["    ✗ test 0", "        Error: expect(received)", "        Expected: 1", "    ✗ test 1", "        the same"]);
  expect(shown([])).toEqual(["    ✗ outside of its tests", "          ● Test suite failed to run", "            Cannot find module"]);
});
