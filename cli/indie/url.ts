import { describe, jsonOption, type Register } from "./commandLine.ts";

export const url: Register = (program, open) => {
  describe(program.command("url"), {
    about: "the address of a project, or of all",
    examples: [
      ["indie url blog", "alone, for a script"],
      ["indie url", "all, with their names"],
    ],
  })
    .argument("[project]", "the project")
    .addOption(jsonOption())
    .action(async (project: string | undefined, _, command) => {
      const work = await import("./work/url.ts");
      await work.url(open(command), project);
    });
};
