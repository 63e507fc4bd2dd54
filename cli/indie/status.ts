import { AlreadySaid, EXIT } from "../report.ts";
import { describe, jsonOption, type Register } from "./commandLine.ts";

export const status: Register = (program, open) => {
  describe(program.command("status"), {
    about: "how the server is: health, memory, connections, backups, and what a project has outgrown",
    more: `Changes nothing. Exit code ${EXIT.failed} where something does not run, is not healthy, or could not be asked; what can be told is told.`,
    examples: [
      ["indie status", "on one screen"],
      ["indie status --json | jq -r '.faults[]'", "for a script"],
    ],
  })
    .addOption(jsonOption())
    .action(async (_, command) => {
      const work = await import("./work/status.ts");
      if (!(await work.status(open(command)))) throw new AlreadySaid(EXIT.failed);
    });
};
