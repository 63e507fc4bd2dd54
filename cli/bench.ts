// `npm run bench`: the figures of docs/measurements.md, side by side with their floor, in one run.
import { execa } from "execa";
import { backups } from "../test/bench/backups.ts";
import { command } from "../test/bench/command.ts";
import { HOW_MEMORY } from "../test/bench/backupFigures.ts";
import { interruptions } from "../test/bench/interruptions.ts";
import { projectsBesideTen, projectsOnStack } from "../test/bench/projectsOnStack.ts";
import { type Figure, machine, renderTable } from "../test/bench/table.ts";
import { labEnvironment } from "./labEnvironment.ts";
import { type BenchOptions, BENCH_USAGE, parseBenchOptions } from "./options.ts";
import { failed, reporter } from "./report.ts";

const BENCHES: Record<string, (options: BenchOptions) => Promise<{ figures: Figure[]; notes?: string }>> = {
  projects: async () => ({ figures: await projectsOnStack() }),
  ten: async () => ({ figures: await projectsBesideTen() }),
  command: async () => ({ figures: await command() }),
  interruptions: async () => ({ figures: await interruptions() }),
  backups: async ({ megabytes }) => ({ figures: await backups(megabytes), notes: HOW_MEMORY }),
};

async function main(args: string[]): Promise<number> {
  const options = parseBenchOptions(args, Object.keys(BENCHES));
  if (options.help) {
    console.log(BENCH_USAGE);
    return 0;
  }
  const { env } = await labEnvironment(reporter(console.error));
  // The tests' own tools run under this Node too, whatever PATH says.
  Object.assign(process.env, env);
  const [dockerVersion, pulumiVersion] = await Promise.all([
    execa("docker", ["version", "--format", "{{.Server.Version}}"], { env }),
    execa("pulumi", ["version"], { env }),
  ]);
  console.log(machine(dockerVersion.stdout, pulumiVersion.stdout.replace(/^v/, "")));
  for (const name of options.names) {
    // Each as soon as it is there: the next may take long, or fail.
    const { figures, notes } = await BENCHES[name]!(options);
    console.log(`\n${renderTable(figures)}${notes === undefined ? "" : `\n\n${notes}`}`);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch(failed);
