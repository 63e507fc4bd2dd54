import type { Ran, Run } from "../../../cli/run.ts";

export const ok = (stdout = ""): Ran => ({ exitCode: 0, stdout, stderr: "", missing: false });
export const fails = (stderr: string): Ran => ({ exitCode: 1, stdout: "", stderr, missing: false });
export const missing: Ran = { exitCode: undefined, stdout: "", stderr: "ENOENT", missing: true };

/** Answers by the beginning of the command line, the first that fits; keeps what was run. */
export function fakeRun(answers: Record<string, Ran | (() => Ran)>): { run: Run; ran: string[]; stdin: string[] } {
  const ran: string[] = [];
  const stdin: string[] = [];
  const run: Run = async (file, args, options = {}) => {
    const line = [file, ...args].join(" ");
    ran.push(line);
    if (options.stdin !== undefined) stdin.push(options.stdin);
    const found = Object.entries(answers).find(([beginning]) => line.startsWith(beginning))?.[1];
    if (found === undefined) throw new Error(`the test has no answer to: ${line}`);
    return typeof found === "function" ? found() : found;
  };
  return { run, ran, stdin };
}
