import { createWriteStream, fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";

const STDIN = 0;
const STDOUT = 1;
const isPipe = (fd: number): boolean => fstatSync(fd).isFIFO() || fstatSync(fd).isSocket();

/**
 * stdout for something long. What is written to a pipe by `process.stdout` lets nothing else happen until it is read; by this it does, so that
 * it is seen when nobody reads any more.
 *
 * @param sayGone called when whoever started us is gone: its end of our stdin is shut then. One that gave us none is not watched
 */
export function streamedStdout(sayGone: () => void): Writable {
  if (isPipe(STDIN)) process.stdin.resume().once("end", sayGone).unref();
  return isPipe(STDOUT) ? new Socket({ fd: STDOUT, readable: false, writable: true }) : createWriteStream("", { fd: STDOUT });
}
