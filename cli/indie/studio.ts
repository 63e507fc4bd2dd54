import { Option } from "commander";
import { describe, jsonOption, type Register } from "./commandLine.ts";
import type { StudioWish } from "./work/studio.ts";

export const studio: Register = (program, open) => {
  describe(program.command("studio"), {
    about: "have a project's Studio run, or end it",
    more: `Puts the project into the stack's setting \`studio\`, or takes it out, and says what memory that takes; it refuses what does not fit. With the
next \`indie up\` it is so. A Studio rules its project: docs/studio.md`,
    examples: [
      ["indie studio blog --up", "it runs"],
      ["indie studio blog --off --up", "it does not, and takes no memory any more"],
    ],
  })
    .argument("<project>", "the project")
    .option("--off", "it is to end")
    // What Pulumi says on the way would stand before the document.
    .addOption(new Option("--up", "and `indie up`, at once").conflicts("json"))
    .addOption(jsonOption())
    .action(async (project: string, wish: StudioWish, command) => {
      const work = await import("./work/studio.ts");
      await work.studio(open(command), project, wish);
    });
};
