import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";

/** stdout for something long: unlike `process.stdout`, whose writes into a pipe let nothing else happen until they are read. */
export const streamedStdout = (): Writable => createWriteStream("", { fd: 1, autoClose: false });
