/** Jest's own results (`--json`), added up. Pure. */

/** What of jest's results is used; https://jestjs.io/docs/configuration#testresultsprocessor-string has all of it. */
export interface JestResults {
  testResults: { name: string; status: string; startTime: number; endTime: number; assertionResults: { status: string }[] }[];
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

export interface FileResult extends Totals {
  name: string;
  seconds: number;
}

/** One test file. One that could not even be loaded has no tests, and fails as one. */
function fileResult({ name, status, startTime, endTime, assertionResults }: JestResults["testResults"][number]): FileResult {
  const count = (wanted: string[]) => assertionResults.filter((test) => wanted.includes(test.status)).length;
  const failed = count(["failed"]);
  return {
    name,
    seconds: (endTime - startTime) / 1000,
    passed: count(["passed"]),
    failed: status === "failed" && failed === 0 ? 1 : failed,
    skipped: count(["pending", "skipped", "todo", "disabled"]),
  };
}

export const fileResults = (results: JestResults[]): FileResult[] => results.flatMap(({ testResults }) => testResults.map(fileResult));

export function total(files: Totals[]): Totals {
  const sum = (key: keyof Totals) => files.reduce((all, file) => all + file[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

export function renderFiles(files: FileResult[], root: string): string[] {
  return files.map(({ name, seconds, passed, failed, skipped }) => {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    return `${failed === 0 ? "✓" : "✗"} ${seconds.toFixed(1).padStart(7)} s  ${file}: ${renderTotals({ passed, failed })}${skipped === 0 ? "" : `, ${skipped} skipped`}`;
  });
}

/** The closing line, which others read: nothing but the two counts. What was skipped stands in the line of its file. */
export const renderTotals = ({ passed, failed }: Pick<Totals, "passed" | "failed">): string => `${passed} passed, ${failed} failed`;

/** No test at all is no success: a pattern that finds nothing must not look green. */
export const isGreen = ({ passed, failed }: Totals): boolean => failed === 0 && passed > 0;
