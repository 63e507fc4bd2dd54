import { describe, type Register } from "./commandLine.ts";
import type { ContainerOptions } from "./work/container.ts";

export const rollback: Register = (program, open) => {
  describe(program.command("rollback"), {
    about: "take back the last restore of a project",
    examples: [["indie rollback blog", "what was there before the restore is there again"]],
  })
    .argument("<project>", "the project")
    .option("--dry-run", "make and compare everything, and change nothing")
    .action(async (project: string, options: ContainerOptions, command) => {
      const { containerWords, inContainer } = await import("./work/container.ts");
      await inContainer(open(command), containerWords("rollback", [project], options));
    });
};
