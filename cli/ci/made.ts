// The plan, between the step that makes it and the one that shows it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Plan, plan as planSchema } from "../plan/model.ts";
import type { Env } from "../run.ts";
import { planFolder } from "./settings.ts";

export const madeFile = (env: Env): string => join(planFolder(env), "plan.json");

/** Undefined where it did not come so far. */
export const readMade = (env: Env): Plan | undefined => (existsSync(madeFile(env)) ? planSchema.parse(JSON.parse(readFileSync(madeFile(env), "utf8"))) : undefined);
