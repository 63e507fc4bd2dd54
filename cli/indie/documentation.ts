// The tables of docs/indie.md, from the program's own help.
import type { Command } from "commander";
import { EXIT_MEANINGS } from "./commandLine.ts";

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");

const shown = (program: Command): Command[] =>
  program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== "help");

/** What there is. */
export function renderCommands(program: Command): string {
  const rows = shown(program).map((command) => [
    `\`indie ${[command.name(), ...command.registeredArguments.map(argumentWords)].join(" ")}\``,
    command.summary(),
  ]);
  return table(["command", "what it does"], rows);
}

function argumentWords(argument: Command["registeredArguments"][number]): string {
  const words = `${argument.name()}${argument.variadic ? "…" : ""}`;
  return argument.required ? `<${words}>` : `[${words}]`;
}

/** The options, and the commands that have them; at the end those of all commands. */
export function renderOptions(program: Command): string {
  const alike = new Map<string, { flags: string; description: string; commands: string[] }>();
  for (const command of shown(program))
    for (const { flags, description } of command.options) {
      const known = alike.get(`${flags} ${description}`)?.commands ?? [];
      alike.set(`${flags} ${description}`, { flags, description, commands: [...known, command.name()] });
    }
  const rows = [...alike.values()].map(({ flags, description, commands }) => [commands.join(", "), `\`${flags}\``, description]);
  return table(
    ["command", "option", "what it does"],
    [...rows, ...program.options.map(({ flags, description }) => ["all", `\`${flags}\``, description])],
  );
}

export const renderExitCodes = (): string =>
  table(
    ["exit code", "it"],
    EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]),
  );
