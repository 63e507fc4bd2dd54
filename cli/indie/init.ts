import { Option } from "commander";
import { ARCHITECTURES } from "../../spec/project.ts";
import { describe, type Register } from "./commandLine.ts";
import type { InitWish } from "./work/init.ts";

export const init: Register = (program, open) => {
  describe(program.command("init"), {
    about: "make a projects.yaml where there is none",
    more: "With a terminal it asks for what is not said. A file that is there is never written over.",
    examples: [
      ["indie init", "asks for the server and a first project"],
      ["indie init --server prod --project blog --architecture shared", "asks for nothing"],
    ],
  })
    .option("--server <stack>", "the stack (= server) that projects live on unless they say otherwise")
    .option("--project <name>", "a first project")
    .addOption(new Option("--architecture <word>", "its architecture").choices(ARCHITECTURES))
    .action(async (wish: InitWish, command) => {
      const work = await import("./work/init.ts");
      await work.init(open(command), wish);
    });
};
