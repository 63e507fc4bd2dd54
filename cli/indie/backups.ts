import { describe, type Register } from "./commandLine.ts";

export const backups: Register = (program, open) => {
  describe(program.command("backups"), {
    about: "the backups that there are, and which of them are proven",
    examples: [
      ["indie backups", "all"],
      ["indie backups blog", "of one project"],
    ],
  })
    .argument("[project...]", "the projects; without one all")
    .action(async (projects: string[], _, command) => {
      const { containerWords, inContainer } = await import("./work/container.ts");
      // The container's own word for it.
      await inContainer(open(command), containerWords("list", projects, {}));
    });
};
