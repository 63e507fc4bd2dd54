// The plan, between the step that makes it and the one that shows it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isStackName } from "../options.ts";
import { type Plan, plan as planSchema } from "../plan/model.ts";
import type { Env } from "../run.ts";
import { commentBody } from "./comment.ts";
import { planFolder } from "./settings.ts";

export const madeFile = (env: Env): string => join(planFolder(env), "plan.json");

/** What a CI shows of it that has no step for that. */
export const pageFile = (env: Env): string => join(planFolder(env), "plan.md");

/** However this step ends: the plan of another commit is not taken for this one's. */
export function noPlanYet(env: Env): void {
  mkdirSync(planFolder(env), { recursive: true });
  // These and nothing else: the folder is whichever a variable names.
  for (const file of [madeFile(env), pageFile(env)]) rmSync(file, { force: true });
  const { INDIE_STACK: stack = "" } = env;
  // Without a stack there is nothing that the page of before would be known by.
  if (isStackName(stack)) writeFileSync(pageFile(env), commentBody({ stack }));
}

/** Undefined where it did not come so far. */
export const readMade = (env: Env): Plan | undefined => (existsSync(madeFile(env)) ? planSchema.parse(JSON.parse(readFileSync(madeFile(env), "utf8"))) : undefined);
