import { describe, jsonOption, type Register } from "./commandLine.ts";

export const resume: Register = (program, open) => {
  describe(program.command("resume"), {
    about: "bring back a project that is suspended or removed",
    more: `Writes \`state: present\` into its entry. It refuses where its services do not fit into the server's memory any more.`,
    examples: [["indie resume blog", "comes with the next up, as it was"]],
  })
    .argument("[project]", "the project; with a terminal it is asked for")
    .addOption(jsonOption())
    .action(async (project: string | undefined, _, command) => {
      const { changeState } = await import("./work/changeState.ts");
      await changeState(open(command), project, "present", "resume");
    });
};
