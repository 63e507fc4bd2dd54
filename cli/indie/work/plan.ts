import { planned } from "../../plan.ts";
import type { Format } from "../../plan/formats.ts";
import type { Context } from "../context.ts";

/** @returns the exit code */
export async function showPlan({ stack, folder, tools, print, note }: Context, format: Format, pulumiArgs: string[]): Promise<number> {
  const { run, env } = await tools();
  if (process.stderr.isTTY) note(`  pulumi preview of ${stack}; it changes nothing`);
  const { text, exitCode } = await planned({ run, env, folder }, { stack, format, pulumiArgs });
  print(text.trimEnd());
  return exitCode;
}
