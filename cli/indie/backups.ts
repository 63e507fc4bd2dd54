import { describe, jsonOption, type Register } from "./commandLine.ts";
import type { ContainerOptions } from "./work/container.ts";

export const backups: Register = (program, open) => {
  describe(program.command("backups"), {
    about: "the backups that there are, and which of them are proven",
    examples: [
      ["indie backups", "all"],
      ["indie backups blog", "of one project"],
      ["indie backups --json", "for a program: what is proven, what is not, and why"],
    ],
  })
    .argument("[project...]", "the projects; without one all")
    .option("--new-repository", "go on with the repository that stands where another was")
    .addOption(jsonOption())
    .action(async (projects: string[], options: ContainerOptions, command) => {
      const { listBackups } = await import("./work/backups.ts");
      await listBackups(open(command), projects, options);
    });
};
