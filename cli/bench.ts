// `npm run bench`: the figures of docs/measurements.md, side by side with their floor, in one run.
import { execa } from "execa";
import { interruptions } from "../test/bench/interruptions.ts";
import { projectsBesideTen, projectsOnStack } from "../test/bench/projectsOnStack.ts";
import { machine, renderTable } from "../test/bench/table.ts";
import { labEnvironment } from "./labEnvironment.ts";
import { failed, reporter } from "./report.ts";

async function main(): Promise<number> {
  const { env } = await labEnvironment(reporter(console.error));
  // The tests' own tools run under this Node too, whatever PATH says.
  Object.assign(process.env, env);
  const [dockerVersion, pulumiVersion] = await Promise.all([
    execa("docker", ["version", "--format", "{{.Server.Version}}"], { env }),
    execa("pulumi", ["version"], { env }),
  ]);
  console.log(`${machine(dockerVersion.stdout, pulumiVersion.stdout.replace(/^v/, ""))}\n`);
  console.log(renderTable([...(await projectsOnStack()), ...(await projectsBesideTen()), ...(await interruptions())]));
  return 0;
}

process.exitCode = await main().catch(failed);
