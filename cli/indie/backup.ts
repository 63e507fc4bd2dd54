import { describe, type Register } from "./commandLine.ts";
import type { ContainerOptions } from "./work/container.ts";

export const backup: Register = (program, open) => {
  describe(program.command("backup"), {
    about: "make a backup now, restore it into a scratch database, compare",
    more: "Each night at 3 (UTC), or as projects.yaml says, this is done by itself (docs/backups.md).",
    examples: [
      ["indie backup blog", "of one project"],
      ["indie backup --all", "of all"],
    ],
  })
    .argument("[project...]", "the projects")
    .option("--all", "all projects of the server")
    .option("--new-repository", "begin a new repository where the one that was used is gone")
    .action(async (projects: string[], options: ContainerOptions, command) => {
      const { containerWords, inContainer, refuseUnclear } = await import("./work/container.ts");
      const context = open(command);
      refuseUnclear(context, "backup", projects, options);
      await inContainer(context, containerWords("backup", projects, options));
    });
};
