// The step before those that have secrets: packages and installers run scripts of others', which find none here. Node's packages are there by
// then (cli/start.mjs); this is Pulumi and its plugins. The steps after it look for the same, and find it.
import { pulumiDownloads } from "../downloads.ts";
import { root } from "../layout.ts";
import type { Report } from "../report.ts";
import { type Env, runner } from "../run.ts";
import { pluginsStep, pulumiStep } from "../steps/pulumi.ts";
import { ToolEnvironment } from "../tools.ts";

/** No stand-ins: they are for trying, and this is for a server that people use. */
export async function install(report: Report, env: Env): Promise<ToolEnvironment> {
  const tools = new ToolEnvironment(env);
  const parts = { report, run: runner(root, tools.env), tools, downloads: pulumiDownloads() };
  await pulumiStep(parts);
  await pluginsStep(parts);
  return tools;
}
