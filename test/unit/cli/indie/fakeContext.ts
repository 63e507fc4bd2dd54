import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ask, Choice, Context } from "../../../../cli/indie/context.ts";
import { Interrupted } from "../../../../cli/report.ts";
import type { Ran } from "../../../../cli/run.ts";
import { fakeRun, missing, ok } from "../fakeRun.ts";

export interface Fake {
  context: Context;
  /** stdout, line by line. */
  printed: string[];
  /** stderr. */
  noted: string[];
  /** What was run; what ran on our terminal begins with `attached: `. */
  ran: string[];
  stdin: string[];
  /** What was asked, with the choices. */
  asked: string[];
  /** What projects.yaml holds now. */
  file: () => string;
  path: string;
  remove: () => void;
}

export interface FakeArgs {
  /** projects.yaml. @default none */
  text?: string;
  /** Pulumi.<stack>.yaml. @default this computer's: all projects */
  stackFile?: string;
  stack?: string;
  json?: boolean;
  /** By the beginning of the command line. @default no Docker and no Pulumi */
  answers?: Record<string, Ran | (() => Ran)>;
  /** What a person types, one after the other; `^C` ends it. @default there is no terminal */
  types?: string[];
  /** The exit code of what runs on our terminal. */
  attached?: number;
}

export const megabytes = (count: number): Ran => ok(`${count * 2 ** 20}\n`);
export const ALL_PROJECTS = "config:\n  indie-ventures:placement: all\n";

/** A folder with a projects.yaml, a terminal, Docker and Pulumi, all of them played. */
export function fake({ text, stackFile = ALL_PROJECTS, stack = "dev", json = false, answers = {}, types, attached = 0 }: FakeArgs = {}): Fake {
  const folder = mkdtempSync(join(tmpdir(), "indie-"));
  const path = join(folder, "projects.yaml");
  if (text !== undefined) writeFileSync(path, text);
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stackFile);
  const { run, ran, stdin } = fakeRun({ ...answers, docker: answers.docker ?? missing, pulumi: answers.pulumi ?? missing });
  const [printed, noted, asked]: string[][] = [[], [], []];
  const attach = async (file: string, args: string[]) => (ran.push(["attached:", file, ...args].join(" ")), attached);
  const stream = async (file: string, args: string[], onLine: (line: string) => void) => {
    const { stdout, stderr, exitCode } = await run(file, args);
    for (const line of `${stdout}${stderr}`.split("\n").filter(Boolean)) onLine(line);
    return exitCode ?? 1;
  };
  return {
    context: {
      stack,
      folder,
      calledFrom: folder,
      json,
      print: (line) => printed!.push(line),
      note: (line) => noted!.push(line),
      ask: types === undefined || json ? undefined : async () => typing([...types], asked!),
      // What is run all the same finds no program of this computer.
      tools: async () => ({ run, env: { PATH: folder }, attach, stream }),
    },
    ...{ printed: printed!, noted: noted!, asked: asked!, ran, stdin, path },
    file: () => readFileSync(path, "utf8"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A person who answers; an answer that is refused is followed by the next one. */
function typing(types: string[], asked: string[]): Ask {
  const next = (): string => {
    const answer = types.shift();
    if (answer === undefined) throw new Error(`nobody answers: ${asked.at(-1)}`);
    if (answer === "^C") throw new Interrupted("Nothing was changed.");
    return answer;
  };
  return {
    async text({ message, check, initial }) {
      asked.push(message);
      for (;;) {
        const answer = next() || (initial ?? "");
        const mistake = check?.(answer);
        if (mistake === undefined) return answer;
        asked.push(`refused: ${mistake}`);
      }
    },
    async choose<T extends string>({ message, choices }: { message: string; choices: Choice<T>[] }): Promise<T> {
      asked.push([message, ...choices.map(({ label }) => `- ${label}`)].join("\n"));
      const answer = next();
      const chosen = choices.find(({ value }) => value === answer);
      if (chosen === undefined) throw new Error(`${answer} is not offered`);
      return chosen.value;
    },
  };
}
