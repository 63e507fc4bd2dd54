import { InvalidArgumentError } from "commander";
import { describe, type Register } from "./commandLine.ts";
import type { LogsWish } from "./work/logs.ts";

function lines(text: string): string {
  if (text === "all" || /^\d{1,9}$/.test(text)) return text;
  throw new InvalidArgumentError("It is a number, or all.");
}

export const logs: Register = (program, open) => {
  describe(program.command("logs"), {
    about: "what a project's services say",
    more: `Of all its own services, or of one. Of a shared project Realtime and Storage are those of all shared projects: named, they are shown, with
the lines of the others.`,
    examples: [
      ["indie logs blog", "the last lines of each of its services"],
      ["indie logs blog auth --follow", "goes on until Ctrl-C"],
      ["indie logs blog realtime --since 10m --tail all", "all of the last ten minutes"],
    ],
  })
    .argument("<project>", "the project")
    .argument("[service]", "auth, rest, realtime, storage, studio …; without it all of its own")
    .option("-f, --follow", "go on with what comes, until Ctrl-C")
    .option("--since <time>", "from then on: 10m, 2h, or 2026-05-01T12:00:00Z")
    .option("--tail <lines>", "the last so many of each service, or all", lines, "100")
    .action(async (project: string, service: string | undefined, wish: LogsWish, command) => {
      const work = await import("./work/logs.ts");
      await work.logs(open(command), project, service, wish);
    });
};
