import { AlreadySaid, EXIT } from "../report.ts";
import { describe, jsonOption, type Register } from "./commandLine.ts";

export const doctor: Register = (program, open) => {
  describe(program.command("doctor"), {
    about: "what is not as the last update left it: containers, files, SQL, tenants, networks, ports",
    more: `Compares Pulumi's state with Docker, Postgres, the files on the volumes, Realtime and Storage, and changes nothing. With --fix it puts
right what can be without harm to data, looks again, and says what is left. Exit code ${EXIT.failed} where something is found, or left.`,
    examples: [
      ["indie doctor", "what is wrong, why it matters, and what --fix would do"],
      ["indie doctor --fix", "puts it right, and looks again"],
      ["indie doctor --json | jq -r '.findings[].what'", "for a script"],
    ],
  })
    .option("--fix", "put right what is found, and look again")
    .addOption(jsonOption())
    .action(async ({ fix = false }: { fix?: boolean }, command) => {
      const work = await import("./work/doctor.ts");
      if (!(await work.doctor(open(command), { fix }))) throw new AlreadySaid(EXIT.failed);
    });
};
