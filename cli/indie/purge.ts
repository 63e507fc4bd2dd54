import { describe, type Register } from "./commandLine.ts";

export const purge: Register = (program, open) => {
  describe(program.command("purge"), {
    about: "delete what is left of a removed project, before its day",
    more: "Its last backup is read back and restored once more; only then database and files are deleted. Its backups stay.",
    examples: [["indie purge blog", "a project that is `state: removed`, and up"]],
  })
    .argument("<project>", "the project")
    .action(async (project: string, _, command) => {
      const { containerWords, inContainer } = await import("./work/container.ts");
      await inContainer(open(command), containerWords("purge", [project], {}));
    });
};
