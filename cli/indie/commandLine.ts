// What all commands have in common on the command line: their help, their common options, and how a mistake in typing is said.
import { Command, CommanderError, Option } from "commander";
import { DEFAULT_STACK } from "../options.ts";
import { EXIT, failed, Misuse } from "../report.ts";
import { type CommonOptions, type Context, createContext } from "./context.ts";

/** What a command works with, from the options it was given. */
export type Open = (command: Command) => Context;

export const openContext: Open = (command) => createContext(command.optsWithGlobals<CommonOptions>());

/** Adds a command to the program. */
export type Register = (program: Command, open: Open) => void;

export interface Words {
  /** One line, for the list of commands. */
  about: string;
  /** What is to be known before it is run. @default nothing more */
  more?: string;
  /** Command lines, and what each does. */
  examples: [line: string, does: string][];
}

export function describe(command: Command, { about, more, examples }: Words): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, does]) => `  ${line.padEnd(width)}   # ${does}`);
  const headline = `${about.charAt(0).toUpperCase()}${about.slice(1)}.`;
  return command
    .summary(about)
    .description(more === undefined ? headline : `${headline}\n\n${more.replaceAll("\n", " ")}`)
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

export const jsonOption = (): Option => new Option("--json", "print JSON (schema/indie-*.schema.json), and ask nothing");

/** In the words of --help and of docs/indie.md. */
export const EXIT_MEANINGS: [code: number, meaning: string][] = [
  [EXIT.done, "done"],
  [EXIT.failed, "failed"],
  [EXIT.misuse, "not understood as typed"],
  [EXIT.dataAtRisk, "data would be removed"],
  [EXIT.interrupted, "Ctrl-C"],
];

const CLOSING = `
Exit codes: ${EXIT_MEANINGS.map(([code, meaning]) => `${code} ${meaning}`).join(", ")}.
Each command's options and examples: indie <command> --help. All of it: docs/indie.md`;

/** The program without its commands. What was typed wrongly is thrown, and said by {@link runProgram}. */
export function createCommandLine(): Command {
  return new Command("indie")
    .description("Many Supabase projects on one server, from one file. Every command can be done by hand with projects.yaml and pulumi.")
    .option("-s, --stack <name>", "the Pulumi stack, which is the server", DEFAULT_STACK)
    .option("--no-color", "no colours; there are none either where the output is no terminal, or with NO_COLOR set")
    .helpOption("-h, --help", "what there is, with examples")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .exitOverride()
    .addHelpText("after", CLOSING);
}

/** Runs what was typed. @returns the exit code */
export async function runProgram(program: Command, args: string[]): Promise<number> {
  try {
    await program.parseAsync(args.length === 0 ? ["--help"] : args, { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof CommanderError)) return failed(error);
    return error.exitCode === 0 ? EXIT.done : failed(new Misuse(inOurWords(error.message, helpOf(program, args))));
  }
}

/** The help that answers what went wrong: of the command that was meant. */
function helpOf(program: Command, args: string[]): string {
  const command = program.commands.find((each) => args.includes(each.name()));
  return `npx indie ${command === undefined ? "" : `${command.name()} `}--help`;
}

/** commander's words: `error: unknown command 'lst'`, and in a second line `(Did you mean list?)`. */
function inOurWords(message: string, help: string): string {
  const [what = "", hint] = message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (.+)\?\)$/.exec(hint ?? "")?.[1];
  const said = what.charAt(0).toUpperCase() + what.slice(1);
  return `${said.replace(/\.$/, "")} → ${meant === undefined ? help : `did you mean ${meant}?`}`;
}
