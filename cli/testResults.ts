/** Jest's own results (`--json`), added up. Pure. */
import { stripVTControlCharacters } from "node:util";

/** What of jest's results is used; https://jestjs.io/docs/configuration#testresultsprocessor-string has all of it. */
export interface JestResults {
  testResults: { name: string; status: string; startTime: number; endTime: number; message: string; assertionResults: AssertionResult[] }[];
}

interface AssertionResult {
  status: string;
  fullName: string;
  /** Each with its stack. */
  failureMessages: string[];
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

export interface FileResult extends Totals {
  name: string;
  seconds: number;
  /** The tests that failed, and the first lines of why. */
  failures: { test: string; why: string[] }[];
}

/** Lines of a failure that are shown at the end. What scrolled away above has all of it. */
const SHOWN = 12;

const firstLines = (message: string): string[] =>
  stripVTControlCharacters(message)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line))
    .slice(0, SHOWN);

/** Where what comes before all tests fails, each of them has the same words: they are said once. */
function testFailures(all: AssertionResult[]): FileResult["failures"] {
  const failed = all.filter(({ status }) => status === "failed").map(({ fullName, failureMessages }) => ({ test: fullName, why: failureMessages.flatMap(firstLines) }));
  return failed.map(({ test, why }, index) => ({ test, why: why.join() === failed[index - 1]?.why.join() ? ["the same"] : why }));
}

/** One test file. One that could not even be loaded has no tests, and fails as one. */
function fileResult({ name, status, startTime, endTime, message, assertionResults }: JestResults["testResults"][number]): FileResult {
  const count = (wanted: string[]) => assertionResults.filter((test) => wanted.includes(test.status)).length;
  const failed = count(["failed"]);
  return {
    name,
    seconds: (endTime - startTime) / 1000,
    passed: count(["passed"]),
    failed: status === "failed" && failed === 0 ? 1 : failed,
    skipped: count(["pending", "skipped", "todo", "disabled"]),
    failures: failed > 0 ? testFailures(assertionResults) : status === "failed" ? [{ test: "outside of its tests", why: firstLines(message) }] : [],
  };
}

export const fileResults = (results: JestResults[]): FileResult[] => results.flatMap(({ testResults }) => testResults.map(fileResult));

export function total(files: Totals[]): Totals {
  const sum = (key: keyof Totals) => files.reduce((all, file) => all + file[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** A line for each, and under one that failed what failed in it, so that nobody has to look for it in an hour's output. */
export function renderFiles(files: FileResult[], root: string): string[] {
  return files.flatMap(({ name, seconds, passed, failed, skipped, failures }) => {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    const line = `${failed === 0 ? "✓" : "✗"} ${seconds.toFixed(1).padStart(7)} s  ${file}: ${renderTotals({ passed, failed })}${skipped === 0 ? "" : `, ${skipped} skipped`}`;
    return [line, ...failures.flatMap(({ test, why }) => [`    ✗ ${test}`, ...why.map((each) => `        ${each}`)])];
  });
}

/** The closing line, which others read: nothing but the two counts. What was skipped stands in the line of its file. */
export const renderTotals = ({ passed, failed }: Pick<Totals, "passed" | "failed">): string => `${passed} passed, ${failed} failed`;

/** No test at all is no success: a pattern that finds nothing must not look green. */
export const isGreen = ({ passed, failed }: Totals): boolean => failed === 0 && passed > 0;
