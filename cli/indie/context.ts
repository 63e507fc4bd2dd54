// What every command works with. Loads nothing that takes time: that a command is to be explained must not cost what running it does.
import { styleText } from "node:util";
import { root } from "../layout.ts";
import { isStackName } from "../options.ts";
import { Misuse } from "../report.ts";
import type { Env, Run } from "../run.ts";

/** Options that each command has, or may have. */
export interface CommonOptions {
  stack: string;
  color: boolean;
  json?: boolean;
}

export interface Question {
  message: string;
  /** What is wrong with an answer; undefined where nothing is. */
  check?: (answer: string) => string | undefined;
  /** What stands there to begin with. */
  initial?: string;
  placeholder?: string;
}

export interface Choice<T extends string = string> {
  value: T;
  label: string;
  hint?: string;
}

/** A person at a terminal. Each question throws Interrupted at Ctrl-C. */
export interface Ask {
  text(question: Question): Promise<string>;
  choose<T extends string>(question: { message: string; choices: Choice<T>[]; initial?: T }): Promise<T>;
}

/** Pulumi and Docker, as `npm run up` set them up, or as whoever runs us has them. */
export interface Tools {
  run: Run;
  env: Env;
  /** Runs a program that says what it has to on our own terminal, and reads nothing. Returns its exit code; {@link EXIT.interrupted} after Ctrl-C. */
  attach: (file: string, args: string[]) => Promise<number>;
  /** Gives each line that a program says, on stdout or stderr, as it comes; where nobody reads ours any more we end. Returns its exit code. */
  stream: (file: string, args: string[], onLine: (line: string) => void) => Promise<number>;
}

export interface Context {
  /** The Pulumi stack = the server. */
  stack: string;
  /** Where projects.yaml and the stacks' files are. */
  folder: string;
  /** The folder in which the command was typed. */
  calledFrom: string;
  /** Whether stdout is to be one JSON document. */
  json: boolean;
  /** What was asked for. */
  print: (text: string) => void;
  /** Anything else, on stderr. */
  note: (text: string) => void;
  /** There with a terminal, where no JSON is wanted. */
  ask: (() => Promise<Ask>) | undefined;
  tools: () => Promise<Tools>;
}

/** @throws Misuse where the stack's name is none */
export function createContext({ stack, color, json = false }: CommonOptions): Context {
  if (!isStackName(stack)) throw new Misuse(`--stack ${JSON.stringify(stack)}: not a name of a Pulumi stack.`);
  // Node's own styleText, the prompts and pulumi all know these.
  if (!color) {
    process.env.NO_COLOR = "1";
    delete process.env.FORCE_COLOR;
  }
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  return {
    stack,
    folder: root,
    calledFrom: calledFrom(process.cwd(), process.env.INIT_CWD, root),
    json,
    print: (text) => console.log(text),
    note: (text) => console.error(text),
    ask: isTerminal && !json ? async () => (await import("./ask.ts")).clack : undefined,
    tools: async () => (await import("./tools.ts")).tools(),
  };
}

/**
 * The folder in which the command was typed. npm changes to the clone to run a script of ours, and says where it was called; where an app's own script
 * calls us, it says where that was called.
 */
export const calledFrom = (cwd: string, npmCalledFrom: string | undefined, clone: string): string => (cwd === clone ? (npmCalledFrom ?? cwd) : cwd);

/** Only where stdout is a terminal, and nobody said no (NO_COLOR, --no-color). */
export const strong = (text: string): string => styleText("bold", text);
