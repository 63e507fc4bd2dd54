import { planned, type PlanOptions } from "../../plan.ts";
import type { Context } from "../context.ts";

/** @returns the exit code */
export async function showPlan({ stack, folder, tools, print, note }: Context, options: Omit<PlanOptions, "stack">): Promise<number> {
  const { run, env } = await tools();
  if (process.stderr.isTTY) note(`  pulumi preview of ${stack}; it changes nothing`);
  const { text, exitCode } = await planned({ run, env, folder, note }, { ...options, stack });
  print(text.trimEnd());
  return exitCode;
}
