import { describe, jsonOption, type Register } from "./commandLine.ts";

export const suspend: Register = (program, open) => {
  describe(program.command("suspend"), {
    about: "stop a project's services, and keep everything else",
    more: `Writes \`state: suspended\` into its entry. With the next \`indie up\` its services go and take no memory any more; its address answers 503.
Database, files and keys stay.`,
    examples: [["indie suspend blog", "its services go with the next up"]],
  })
    .argument("[project]", "the project; with a terminal it is asked for")
    .addOption(jsonOption())
    .action(async (project: string | undefined, _, command) => {
      const { changeState } = await import("./work/changeState.ts");
      await changeState(open(command), project, "suspended", "suspend");
    });
};
