import { Option } from "commander";
import { ARCHITECTURES } from "../../spec/project.ts";
import { describe, jsonOption, type Register } from "./commandLine.ts";
import type { Wish } from "./work/add.ts";

export const add: Register = (program, open) => {
  describe(program.command("add"), {
    about: "add a project to projects.yaml",
    more: `With a terminal it asks for what is not said, and shows what each architecture takes of this server's memory. It refuses what does not
fit, and says what would. Nothing on the server changes until \`indie up\`.`,
    examples: [
      ["indie add", "asks"],
      ["indie add --architecture shared blog", "one set of services with all shared projects"],
      ["indie add --architecture isolated main-saas-app", "services of its own"],
      ["indie add --architecture shared --domain api.example.com docs", "with an address besides its own"],
    ],
  })
    .argument("[name]", "its identity for ever: 3 to 19 small letters, digits and dashes")
    .addOption(new Option("--architecture <word>", "shared or isolated; without it what `defaults` says").choices(ARCHITECTURES))
    .option("--domain <host>", "a host besides its own; as often as there are", (host: string, hosts: string[] | undefined) => [
      ...(hosts ?? []),
      host,
    ])
    .option("--server <stack>", "the stack (= server) that it lives on; without it what `defaults` says, or the one of --stack")
    .addOption(jsonOption())
    .action(async (name: string | undefined, wish: Wish, command) => {
      const work = await import("./work/add.ts");
      await work.add(open(command), { ...wish, name });
    });
};
