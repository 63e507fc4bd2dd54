import { describe, jsonOption, type Register } from "./commandLine.ts";

export const list: Register = (program, open) => {
  describe(program.command("list"), {
    about: "the projects: what the file says, and what the next up would do",
    more: "Works from projects.yaml alone where the stack was never brought up. Backups have a list of their own: indie backups.",
    examples: [
      ["indie list", "on this computer"],
      ["indie list --stack prod --json", "for a script"],
    ],
  })
    .addOption(jsonOption())
    .action(async (_, command) => {
      const work = await import("./work/list.ts");
      await work.list(open(command));
    });
};
