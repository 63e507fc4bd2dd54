import { Option } from "commander";
import { describe, jsonOption, type Register } from "./commandLine.ts";
import { FRAMEWORKS } from "./frameworks.ts";
import type { LinkWish } from "./work/link.ts";

export const link: Register = (program, open) => {
  describe(program.command("link"), {
    about: "write what an app needs into its file of variables: the URL and the keys",
    more: `In the app's folder: by its package.json it finds the names that the framework looks for (docs/link.md). Lines that are not its own stay as
they are, and a value that somebody else set is not replaced without --force.`,
    examples: [
      ["indie link blog", "in the app's folder: .env.local, or .env"],
      ["indie link blog --secrets --file .env.server", "for a server of yours"],
      ["indie link blog --framework vite --stdout", "prints it, and writes nothing"],
    ],
  })
    .argument("[project]", "the project; with a terminal it is asked for")
    .option("--file <path>", "the file (default: .env.local; .env for Nuxt, and where there is no framework)")
    .addOption(new Option("--framework <word>", "whose names; without it what the package.json here says").choices(FRAMEWORKS))
    .option("--secrets", "what passes row level security, too: the secret keys and DATABASE_URL")
    .option("--force", "what somebody else set is replaced")
    .addOption(new Option("--stdout", "print the lines, and write nothing").conflicts(["file", "force", "json"]))
    .addOption(jsonOption())
    .action(async (project: string | undefined, wish: LinkWish, command) => {
      const work = await import("./work/link.ts");
      await work.link(open(command), project, wish);
    });
};
