import { SpecError } from "../spec/error.ts";
import { shownLines } from "./shown.ts";

/** How a command ended, as shells see it. */
export const EXIT = { done: 0, failed: 1, misuse: 2, dataAtRisk: 3, interrupted: 130 } as const;

/** Ends the command with a message that says what is wrong, why, and what to do. Anything else thrown is a bug of ours. */
export class Stop extends Error {
  readonly exitCode: number = EXIT.failed;
}

/** The command can not be understood as it was typed. */
export class Misuse extends Stop {
  override readonly exitCode = EXIT.misuse;
}

/** Ctrl-C. */
export class Interrupted extends Stop {
  override readonly exitCode = EXIT.interrupted;
}

/** What was wrong has been said already, by the program that was run. */
export class AlreadySaid extends Stop {
  override readonly exitCode: number;

  constructor(exitCode: number) {
    super("");
    this.exitCode = exitCode;
  }
}

/** What a step prints with: lines for a person. */
export interface Report {
  /** One line when the step is over, with its time. The work returns what it found, in a few words. */
  step<T>(work: () => Promise<{ says: string; result: T }>): Promise<T>;
  /** Something on the way that takes a while, or that was changed. */
  line(text: string): void;
}

export function seconds(milliseconds: number): string {
  const all = milliseconds / 1000;
  if (all < 60) return `${all.toFixed(1)} s`;
  return `${Math.floor(all / 60)} min ${Math.round(all % 60)} s`;
}

export function reporter(print: (line: string) => void, now: () => number = Date.now): Report {
  return {
    async step(work) {
      const began = now();
      const { says, result } = await work();
      print(`✓ ${says} (${seconds(now() - began)})`);
      return result;
    },
    line: (text) => print(`  ${text}`),
  };
}

/** A frame around what nobody may overlook. */
export function boxed(lines: string[]): string {
  const width = Math.max(...lines.map((line) => line.length));
  const rule = "━".repeat(width + 2);
  return [`┏${rule}┓`, ...lines.map((line) => `┃ ${line.padEnd(width)} ┃`), `┗${rule}┛`].join("\n");
}

/** Prints how the command ended and gives the exit code. A bug shows its stack, a `Stop` only its words; those of a container may be among them. */
export function failed(error: unknown): number {
  if (error instanceof AlreadySaid) return error.exitCode;
  if (error instanceof Stop || error instanceof SpecError) console.error(`✗ ${shownLines(error.message)}`);
  // Any of the files that set-up writes may be the one that it had no room for.
  else if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOSPC")
    console.error(`✗ A disk is full: ${(error as Error).message}\nMake room, and run the same command again.`);
  else console.error(error);
  return error instanceof Stop ? error.exitCode : EXIT.failed;
}
