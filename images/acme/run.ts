import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Ran {
  failed: boolean;
  /** Both of its streams, as it wrote them; with why it ended, where it did not by itself. */
  output: string;
}

export interface RunOptions {
  /** All that it gets. @default this process' own */
  env?: Record<string, string | undefined>;
  /** Milliseconds until it is ended. */
  timeout: number;
}

/** What is kept of a program that says very much. */
const KEPT = 100_000;

/**
 * Runs a program of others. It ends with us, however we end (prctl(2), PR_SET_PDEATHSIG): one that went on would order what the next start orders
 * again.
 */
export async function run(program: string, args: readonly string[], { env, timeout }: RunOptions): Promise<Ran> {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", program, ...args], { env, timeout, killSignal: "SIGKILL", stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-KEPT)));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (signal !== null) output += `\n${program} was ended by ${signal}${signal === "SIGKILL" ? `: it took more than ${timeout / 1000} seconds, or the server is short of memory` : ""}`;
  return { failed: code !== 0, output };
}
