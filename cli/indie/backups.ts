import { describe, type Register } from "./commandLine.ts";
import type { ContainerOptions } from "./work/container.ts";

export const backups: Register = (program, open) => {
  describe(program.command("backups"), {
    about: "the backups that there are, and which of them are proven",
    examples: [
      ["indie backups", "all"],
      ["indie backups blog", "of one project"],
    ],
  })
    .argument("[project...]", "the projects; without one all")
    .option("--new-repository", "go on with the repository that stands where another was")
    .action(async (projects: string[], options: ContainerOptions, command) => {
      const { containerWords, inContainer } = await import("./work/container.ts");
      // The container's own word for it.
      await inContainer(open(command), containerWords("list", projects, options));
    });
};
