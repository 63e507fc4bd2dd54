import { describe, type Register } from "./commandLine.ts";
import type { ContainerOptions } from "./work/container.ts";

export const rollback: Register = (program, open) => {
  describe(program.command("rollback"), {
    about: "take back the last restore of a project",
    more: `It is a restore too, after a backup of what is there now.
What is written while a restore runs is lost: state: suspended, before, keeps users out (docs/backups.md).`,
    examples: [["indie rollback blog", "what was there before the restore is there again"]],
  })
    .argument("<project>", "the project")
    .option("--dry-run", "make and compare everything, and change nothing")
    .option("--without-safety-backup", "what is there now is not kept")
    .action(async (project: string, { withoutSafetyBackup, ...options }: ContainerOptions & { withoutSafetyBackup?: boolean }, command) => {
      const { containerWords, inContainer } = await import("./work/container.ts");
      await inContainer(open(command), containerWords("rollback", [project], { ...options, safetyBackup: withoutSafetyBackup !== true }));
    });
};
