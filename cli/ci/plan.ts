// The step that makes the plan. It has the secrets, and no right to write anywhere; the next one shows the plan, and has none of them.
import { appendFileSync, writeFileSync } from "node:fs";
import { root } from "../layout.ts";
import { planned } from "../plan.ts";
import { failedPlan } from "../plan/makePlan.ts";
import { renderMarkdown } from "../plan/markdown.ts";
import { type Plan, plan as planSchema } from "../plan/model.ts";
import { renderText } from "../plan/text.ts";
import { EXIT, type Report, Stop } from "../report.ts";
import { type Env, runner } from "../run.ts";
import { install } from "./install.ts";
import { madeFile, pageFile } from "./made.ts";
import { redacted, secretsOf } from "./settings.ts";
import { withSsh } from "./ssh.ts";

interface What {
  stack: string;
  /** For `pulumi preview`. */
  pulumiArgs: string[];
}

/** @returns the exit code: a plan that removes data is no failure, for a label and whoever approves say what becomes of it */
export async function makePlan(report: Report, env: Env, what: What, print: (text: string) => void): Promise<number> {
  const plan = hideSecrets(await readPlan(report, env, what), secretsOf(env));
  const markdown = renderMarkdown(plan);
  writeFileSync(madeFile(env), JSON.stringify(plan));
  writeFileSync(pageFile(env), markdown);
  if (env.GITHUB_STEP_SUMMARY !== undefined) appendFileSync(env.GITHUB_STEP_SUMMARY, markdown);
  print(renderText(plan));
  if (plan.dataRemoved.length > 0 && env.GITHUB_ACTIONS === "true") print(`::warning title=Data is removed::of ${plan.dataRemoved.join(", ")}`);
  return plan.failed ? EXIT.failed : EXIT.done;
}

/** What kept Pulumi from a preview is said where the plan would be. */
const readPlan = (report: Report, env: Env, { stack, pulumiArgs }: What): Promise<Plan> =>
  withSsh(env, async (bin) => {
    try {
      const tools = await install(report, env);
      if (bin !== undefined) tools.before(bin);
      const { text } = await planned({ run: runner(root, tools.env), env: tools.env, folder: root }, { stack, format: "json", pulumiArgs, policies: true });
      return planSchema.parse(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      return failedPlan(stack, { config: {}, steps: [], diagnostics: [{ severity: "error", message: error.message }] });
    }
  });

const hideSecrets = (plan: Plan, secrets: string[]): Plan =>
  JSON.parse(JSON.stringify(plan), (_, value: unknown) => (typeof value === "string" ? redacted(value, secrets) : value)) as Plan;
