import { describe, type Register } from "./commandLine.ts";

export const seeds: Register = (program, open) => {
  describe(program.command("seeds"), {
    about: "take the keys of lost or purged projects from the backups into the stack's config",
    more: "For a new server, or a project that was purged: a project of that name is made with its old keys then (docs/backups.md).",
    examples: [["indie seeds", "prints the entries for projects.yaml"]],
  }).action(async (_, command) => {
    const { importSeeds } = await import("./work/seeds.ts");
    await importSeeds(open(command));
  });
};
