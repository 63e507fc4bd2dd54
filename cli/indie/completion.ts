import { Argument, type Command } from "commander";
import { join } from "node:path";
import { shellQuote } from "../decide.ts";
import { root } from "../layout.ts";
import { describe, type Register } from "./commandLine.ts";
import type { Shell } from "./work/completion.ts";

/** By its path: a shell that starts is in no clone, and there `npx indie` is whatever npm has under that name. */
const INDIE = `node ${shellQuote(join(root, "cli", "indie.mjs"))}`;

export const completion: Register = (program, open) => {
  // The library adds commands of its own, of these names, to the program that it completes.
  const others = () => import("./program.ts").then(({ createProgram }) => createProgram(open, [completion]));
  describe(program.command("completion"), {
    about: "a script for your shell that completes commands, options and projects",
    examples: [
      [`source <(${INDIE} completion bash)`, "in ~/.bashrc"],
      ["indie completion zsh > ~/.zsh/_indie", "for a folder of $fpath"],
      ["indie completion fish > ~/.config/fish/completions/indie.fish", "for fish"],
    ],
  })
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: Shell) => {
      const work = await import("./work/completion.ts");
      work.printScript(await others(), shell);
    });
  // What the script asks at each TAB.
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .allowUnknownOption()
    .action(async (words: string[], _: unknown, command: Command) => {
      const work = await import("./work/completion.ts");
      work.complete(await others(), open(command), words);
    });
};
