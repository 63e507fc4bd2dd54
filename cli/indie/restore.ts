import { describe, type Register } from "./commandLine.ts";
import type { ContainerOptions } from "./work/container.ts";

export const restore: Register = (program, open) => {
  describe(program.command("restore"), {
    about: "put a proven backup in the place of what a project has now",
    more: `A backup of what is there now is made and proven first. At the end the project answers with errors for about a second.
What is written while a restore runs is lost: state: suspended, before, keeps users out (docs/backups.md).`,
    examples: [
      ["indie restore blog --dry-run", "makes and compares everything, changes nothing"],
      ["indie restore blog", "the newest proven one; back: indie rollback blog"],
      ["indie restore blog-copy --from blog", "into another project"],
      ["indie restore --all --without-safety-backup", "all of them, on a server that is new"],
    ],
  })
    .argument("[project...]", "the projects")
    .option("--all", "all projects of the server")
    .option("--backup <id>", "another one than the newest proven one")
    .option("--from <project>", "a backup of another project")
    .option("--dry-run", "make and compare everything, and change nothing")
    .option("--without-safety-backup", "what is there now is not kept: for a new server's empty projects")
    .action(async (projects: string[], { withoutSafetyBackup, ...options }: ContainerOptions & { withoutSafetyBackup?: boolean }, command) => {
      const { containerWords, inContainer, refuseUnclear } = await import("./work/container.ts");
      const context = open(command);
      refuseUnclear(context, "restore", projects, options);
      await inContainer(context, containerWords("restore", projects, { ...options, safetyBackup: withoutSafetyBackup !== true }));
    });
};
