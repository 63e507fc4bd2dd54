import { describe, jsonOption, type Register } from "./commandLine.ts";

export const keys: Register = (program, open) => {
  describe(program.command("keys"), {
    about: "the keys of a project. Secret",
    more: "publishableKey and anonKey are for apps and browsers; all others are for you alone. What each is for: docs/keys.md",
    examples: [
      ["indie keys blog", "all of them"],
      ["indie keys blog publishableKey", "one alone, for a script; with --json too"],
      ['psql "$(npx indie keys blog dbUrl)"', "as the owner of its database, on the server"],
    ],
  })
    .argument("[project]", "the project; with a terminal it is asked for")
    .argument("[key]", "publishableKey, secretKey, anonKey, serviceRoleKey, jwtSecret or dbUrl")
    .addOption(jsonOption())
    .action(async (project: string | undefined, key: string | undefined, _, command) => {
      const work = await import("./work/keys.ts");
      await work.keys(open(command), project, key);
    });
};
