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

/** Work of a child process that the terminal sends Ctrl-C to as well: how it ends is its own to say, and we wait for it. */
export async function outliveInterrupt<T>(work: () => PromiseLike<T>): Promise<{ result: T; isInterrupted: boolean }> {
  let isInterrupted = false;
  const remember = (): void => void (isInterrupted = true);
  const wasLeaving = process.listeners("SIGINT").includes(leave);
  process.on("SIGINT", remember).off("SIGINT", leave);
  try {
    const result = await work();
    return { result, isInterrupted };
  } finally {
    if (wasLeaving) process.on("SIGINT", leave);
    process.off("SIGINT", remember);
  }
}
