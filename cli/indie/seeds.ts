import { describe, type Register } from "./commandLine.ts";

export const seeds: Register = (program, open) => {
  describe(program.command("seeds"), {
    about: "take the keys of lost or purged projects from the backups into the stack's config",
    more: "For a new server, or a project that was purged: a project of that name is made with its old keys then (docs/backups.md).",
    examples: [
      ["indie seeds", "prints the entries for projects.yaml"],
      ["indie seeds --from blog --as blog-copy", "before its first up: a copy of blog with blog's keys"],
    ],
  })
    .option("--from <project>", "the project whose keys are taken, with --as")
    .option("--as <name>", "the new project that gets them, with --from")
    .action(async (options: { from?: string; as?: string }, command) => {
      const { importSeeds } = await import("./work/seeds.ts");
      await importSeeds(open(command), options);
    });
};
