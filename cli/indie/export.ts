import { describe, type Register } from "./commandLine.ts";

interface ExportOptions {
  backup?: string;
  output?: string;
  force?: boolean;
}

export const exportCommand: Register = (program, open) => {
  describe(program.command("export"), {
    about: "write all of a project into one file, for upstream's own docker compose",
    more: "For who leaves: database, files, keys, a guide. The file is as secret as the project (docs/backups.md).",
    examples: [
      ["indie export blog", "blog.tar, in the folder where you are"],
      ["indie export blog --output /mnt/disk/blog.tar", "another file; one that is there only with --force"],
    ],
  })
    .argument("<project>", "the project")
    .option("--backup <id>", "another one than the newest proven one")
    .option("--output <file>", "the file (default: <project>.tar)")
    .option("--force", "a file of that name is replaced")
    .action(async (project: string, options: ExportOptions, command) => {
      const { exportProject } = await import("./work/export.ts");
      await exportProject(open(command), project, options);
    });
};
