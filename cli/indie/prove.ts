import { describe, type Register } from "./commandLine.ts";
import type { ContainerOptions } from "./work/container.ts";

export const prove: Register = (program, open) => {
  describe(program.command("prove"), {
    about: "restore a backup into a scratch database again, and compare",
    examples: [
      ["indie prove blog", "its newest backup"],
      ["indie prove --all", "the newest of each"],
    ],
  })
    .argument("[project...]", "the projects")
    .option("--all", "all projects of the server")
    .option("--backup <id>", "another one than the newest")
    .action(async (projects: string[], options: ContainerOptions, command) => {
      const { containerWords, inContainer, refuseUnclear } = await import("./work/container.ts");
      const context = open(command);
      refuseUnclear(context, "prove", projects, options);
      await inContainer(context, containerWords("prove", projects, options));
    });
};
