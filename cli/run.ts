import { execa } from "execa";
import { isOutOfReach } from "./interrupt.ts";

export type Env = Record<string, string | undefined>;

export interface RunOptions {
  /** What the command reads. @default nothing */
  stdin?: string;
  /** After so many seconds it is ended and counts as failed. @default it may take as long as it takes */
  timeoutSeconds?: number;
  /** Added to the environment of the runner. */
  env?: Env;
}

export interface Ran {
  /** 0 is success; undefined: it did not start, or a signal or the time ended it. */
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** There is no such program. */
  missing: boolean;
}

/** Runs a program to its end, without a shell and without a terminal. Never throws. */
export type Run = (file: string, args: string[], options?: RunOptions) => Promise<Ran>;

export const succeeded = (ran: Ran): boolean => ran.exitCode === 0;

/** What it said last: the part of an error that is worth showing. */
export const lastWords = (ran: Ran, lines = 15): string => `${ran.stdout}\n${ran.stderr}`.trim().split("\n").slice(-lines).join("\n");

/** A runner for programs in one folder. `env` is read anew for each program: steps add to it as they find things. */
export function runner(cwd: string, env: Env): Run {
  return async (file, args, options = {}) => {
    const result = await execa(file, args, {
      cwd,
      env: { ...env, ...options.env },
      extendEnv: false,
      reject: false,
      ...(options.stdin === undefined ? { stdin: "ignore" } : { input: options.stdin }),
      timeout: (options.timeoutSeconds ?? 0) * 1000,
      maxBuffer: 1 << 30,
      // In a group of its own, so that a terminal's Ctrl-C does not come to it; where we end before it, it is ended.
      killDescendants: isOutOfReach(),
    });
    return {
      exitCode: result.exitCode,
      stdout: result.stdout ?? "",
      stderr: result.stderr || result.shortMessage || "",
      missing: result.code === "ENOENT",
    };
  };
}
