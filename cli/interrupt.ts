// Ctrl-C, and a reader that has gone.
import { EXIT } from "./report.ts";

const leave = (): void => process.exit(EXIT.interrupted);

/** The command ends with the exit code that is documented. What it does without waiting, such as the writing of a file, is done first. */
export function leaveOnInterrupt(): void {
  process.on("SIGINT", leave);
}

/** `indie list | head -1`: who reads has had enough. The work goes on, and nothing more is said. Node's own answer is a stack trace. */
export function outliveReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** `indie logs --follow | head -1`: what would go on for ever ends. */
export function leaveWithReader(): void {
  process.stdout.on("error", () => process.exit(EXIT.done));
}

export interface Outlive {
  /** @default Ctrl-C alone */
  signals?: readonly NodeJS.Signals[];
  /** At each of them. */
  onSignal?: () => void;
}

/** Work of a child process that the terminal sends Ctrl-C to as well: how it ends is its own to say, and we wait for it. */
export async function outliveInterrupt<T>(
  work: () => PromiseLike<T>,
  { signals = ["SIGINT"], onSignal = () => {} }: Outlive = {},
): Promise<{ result: T; isInterrupted: boolean }> {
  let isInterrupted = false;
  const remember = (): void => {
    isInterrupted = true;
    onSignal();
  };
  const wasLeaving = process.listeners("SIGINT").includes(leave);
  for (const signal of signals) process.on(signal, remember);
  process.off("SIGINT", leave);
  try {
    const result = await work();
    return { result, isInterrupted };
  } finally {
    if (wasLeaving) process.on("SIGINT", leave);
    for (const signal of signals) process.off(signal, remember);
  }
}

let isFinishing = false;

/** Whether the programs that we start are to be out of the reach of Ctrl-C: a terminal sends it to all that it runs, not to us alone. */
export const isOutOfReach = (): boolean => isFinishing;

/** One Ctrl-C comes twice where npm runs us: from the terminal, and from npm, which hands it on (@npmcli/run-script, lib/signal-manager.js). */
const SAME_MILLISECONDS = 1000;

/**
 * Work that is not to stop half done: it goes on to its end, and so do the programs that it runs by a {@link Run}. Who presses Ctrl-C again leaves
 * at once, and those programs are ended.
 *
 * @param note says at the first Ctrl-C that there is something to wait for
 */
export async function finishFirst<T>(work: () => PromiseLike<T>, note: (text: string) => void): Promise<{ result: T; isInterrupted: boolean }> {
  let first: number | undefined;
  const onSignal = (): void => {
    if (first === undefined) note("Ctrl-C: what is under way is brought to its end first. Ctrl-C again leaves at once");
    else if (Date.now() - first > SAME_MILLISECONDS) leave();
    first ??= Date.now();
  };
  isFinishing = true;
  try {
    return await outliveInterrupt(work, { onSignal });
  } finally {
    isFinishing = false;
  }
}
