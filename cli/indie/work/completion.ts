import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SourceFile } from "../../../spec/document.ts";
import { valueAt } from "../../../spec/explain.ts";
import { NAME_PATTERN } from "../../../spec/names.ts";
import { shellQuote } from "../../decide.ts";
import { root } from "../../layout.ts";
import type { Context } from "../context.ts";
import { projectsOf } from "../edit/edit.ts";
import { projectsPlace } from "./projectsFile.ts";

export type Shell = "bash" | "zsh" | "fish";

/** What each command that takes a project calls its argument. */
const PROJECT = "project";

/** The script asks us at each TAB, under the Node that runs now: to look for the right one takes longer than a person waits. */
export function printScript(program: Command, shell: Shell): void {
  completions(program, []).setup("indie", `${shellQuote(process.execPath)} ${shellQuote(join(root, "cli", "indie.mjs"))}`, shell);
}

/** Prints what may come next. */
export function complete(program: Command, context: Pick<Context, "folder" | "stack">, words: string[]): void {
  completions(program, projectNames(context)).parse(words);
}

/**
 * What is said stands in one line each, and begins with a plain word: the library's script for bash has the shell expand it (`compgen -W`), and
 * so would run what stands between backticks.
 */
function completions(program: Command, names: string[]) {
  for (const command of program.commands) command.description(command.summary());
  const known = tab(program, { completionCommandName: "completion" });
  for (const { args, command } of program.commands.map((each) => ({ args: each.registeredArguments, command: known.commands.get(each.name()) })))
    for (const argument of args.filter((each) => each.name() === PROJECT))
      command?.argument(PROJECT, (say) => names.forEach((name) => say(name, "")), argument.variadic);
  return known;
}

/** Names in the file, as far as it can be read, and none that breaks the rule: nothing is said at a TAB. */
export function projectNames(context: Pick<Context, "folder" | "stack">): string[] {
  try {
    const { path, name } = projectsPlace(context);
    return projectsOf(new SourceFile(readFileSync(path, "utf8"), name).value).flatMap((project) => {
      const found = valueAt(project, ["name"]);
      return typeof found === "string" && NAME_PATTERN.test(found) ? [found] : [];
    });
  } catch {
    return [];
  }
}
