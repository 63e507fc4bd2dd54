import { describe, jsonOption, type Register } from "./commandLine.ts";

export const remove: Register = (program, open) => {
  describe(program.command("remove"), {
    about: "take a project away, after a last backup that is proven",
    more: `Writes \`state: removed\` into its entry. With the next \`indie up\` its address answers 410, nobody can log in, and a last backup is made and
proven; after purgeAfterDays (14) what is left is deleted. Until then \`indie resume\` brings it back.`,
    examples: [["indie remove blog", "the data goes 14 days after the next up"]],
  })
    .argument("[project]", "the project; with a terminal it is asked for")
    .addOption(jsonOption())
    .action(async (project: string | undefined, _, command) => {
      const { changeState } = await import("./work/changeState.ts");
      await changeState(open(command), project, "removed", "remove");
    });
};
