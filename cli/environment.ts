import { execa } from "execa";
import { existsSync } from "node:fs";
import { envFile } from "./layout.ts";
import type { Env } from "./run.ts";

/**
 * The variables that set-up wrote for pulumi by hand: its folder of tools, the engine, the state. Undefined where it never ran here, and
 * whoever runs us may have a pulumi and a state of their own.
 */
export async function readEnvironment(file = envFile): Promise<Env | undefined> {
  if (!existsSync(file)) return undefined;
  const { stdout } = await execa("sh", ["-c", '. "$0" && exec env -0', file]);
  return Object.fromEntries(
    stdout
      .split("\0")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
