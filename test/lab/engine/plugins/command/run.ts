// Running one command as the released plugin does: pulumi-command v1.2.1 provider/pkg/provider/local/commandOutputs.go.
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Options, Result } from "execa";

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

export interface RunInputs {
  /** @default `["/bin/sh", "-c"]` */
  interpreter?: string[];
  /** @default the engine's own working directory, the project's */
  dir?: string;
  /** Added to the whole environment of the engine. */
  environment?: Record<string, string>;
  stdin?: string;
  /** Which output is shown as progress. @default both */
  logging?: Logging;
  /** @default true */
  addPreviousOutputInEnv?: boolean;
}

export interface RunOutputs {
  stdout: string;
  stderr: string;
}

/** The command's environment beyond the engine's own; the previous outputs win over `environment`, as upstream. */
export function environmentOf(inputs: RunInputs, previous: RunOutputs): Record<string, string> {
  const added: Record<string, string> = { ...inputs.environment };
  if (inputs.addPreviousOutputInEnv ?? true) {
    if (previous.stdout !== "") added["PULUMI_COMMAND_STDOUT"] = previous.stdout;
    if (previous.stderr !== "") added["PULUMI_COMMAND_STDERR"] = previous.stderr;
  }
  return added;
}

export function shows(logging: Logging | undefined, stream: "stdout" | "stderr"): boolean {
  return logging === undefined || logging === stream || logging === "stdoutAndStderr";
}

const goEscapes: Record<string, string> = { "\u0007": "\\a", "\b": "\\b", "\u000b": "\\v", "\f": "\\f", "\u007f": "\\x7f" };

/** A string as Go's `%q` prints it, so that a failure reads as the released plugin's does. */
export function goQuote(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([0-9a-f]{2})/g, (_, hex: string) => goEscapes[String.fromCharCode(parseInt(hex, 16))] ?? `\\x${hex}`)
    .replaceAll("\u007f", "\\x7f");
}

/** Why a command did not succeed, in the words of Go's `os/exec`. */
export function failureWords(result: Pick<Result, "exitCode" | "signal" | "code">, file: string, dir?: string): string {
  if (result.signal) return `signal: ${result.signal === "SIGKILL" ? "killed" : result.signal}`;
  if (result.exitCode !== undefined) return `exit status ${result.exitCode}`;
  if (result.code === "ENOENT" && dir !== undefined) return `chdir ${dir} or start ${file}: no such file or directory`;
  if (result.code === "ENOENT") return `exec: ${goQuote(file)}: executable file not found in $PATH`;
  return `fork/exec ${file}: ${result.code ?? "not started"}`;
}

/** Bytes; the released plugin reads its log with Go's bufio.Scanner, whose lines are shorter than this. */
const longestShownLine = 64 * 1024;

/**
 * Sends a stream's lines to the engine; settles when the stream is at its end and the engine has them all.
 *
 * @throws Error on a line that hangs the released plugin: its scanner stops there, nobody reads on, the command never
 *   ends (util.go LogOutput; seen with 66,000 bytes). A stand-in that let it pass would hide that.
 */
async function showLines(stream: Readable, status: (line: string) => Promise<void>): Promise<void> {
  const sent: Promise<void>[] = [];
  let tooLong = 0;
  for await (const line of createInterface({ input: stream })) {
    if (Buffer.byteLength(line) >= longestShownLine) tooLong = Buffer.byteLength(line);
    else sent.push(status(line));
  }
  await Promise.all(sent);
  if (tooLong > 0) {
    throw new Error(`lab command: a line of ${tooLong} bytes of output hangs the released plugin; set logging: "none"`);
  }
}

/**
 * Runs `command` to its end.
 *
 * @throws Error with the command's text and its combined output, both in plain, as upstream: a secret belongs into
 *   `stdin` or `environment`, never into the command.
 */
export async function run(
  command: string,
  inputs: RunInputs,
  previous: RunOutputs,
  context: { status: (line: string) => Promise<void>; signal: AbortSignal },
): Promise<RunOutputs> {
  const { execa } = await import("execa"); // 0.1 s that an update without a changed command need not pay.
  const [file = "/bin/sh", ...args] = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  const options = {
    env: environmentOf(inputs, previous),
    all: true,
    reject: false,
    stripFinalNewline: false,
    cancelSignal: context.signal,
    killSignal: "SIGKILL",
    ...(inputs.stdin ? { input: inputs.stdin } : { stdin: "ignore" }),
    ...(inputs.dir === undefined ? {} : { cwd: inputs.dir }),
  } satisfies Options;
  const child = execa(file, [...args, command], options);
  const shown = (["stdout", "stderr"] as const)
    .filter((stream) => shows(inputs.logging, stream))
    .map((stream) => showLines(child[stream], context.status));
  const [result] = await Promise.all([child, ...shown]);
  if (result.failed) {
    throw new Error(`${failureWords(result, file, inputs.dir)}: running ${goQuote(command)}:\n${result.all ?? ""}`);
  }
  return { stdout: result.stdout.replace(/\n$/, ""), stderr: result.stderr.replace(/\n$/, "") };
}
