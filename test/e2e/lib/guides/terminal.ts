import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/** What a person waits for, and the keys pressed then. */
export type Answer = [question: RegExp, keys: string];

export const ENTER = "\r";
export const UP = "\x1b[A";

/** The prompt: no program prints it, and the exit code of the command before is in it. */
const PROMPT = /⟪(\d+)⟫ $/;
/** Nothing that is typed here is silent for as long: it waits for a key that nobody presses. */
const SILENT_MILLISECONDS = 15 * 60_000;

export interface Said {
  /** What the command printed, as plain text, without the echo of what was typed. */
  text: string;
  exitCode: number;
}

/** A bash in a pseudo-terminal, by util-linux' `script`, which each Debian has; programs see what they see when a person sits there. */
export class Terminal {
  private readonly shell: ChildProcessWithoutNullStreams;
  /** Since the last command was typed. */
  private said = "";
  private hasEnded = false;
  private wake: () => void = () => {};
  private readonly transcript: WriteStream;

  /**
   * @param hosts a file in the place of /etc/hosts, for this shell and what it starts alone
   * @param transcript a file that gets all that is said
   */
  constructor({ folder, env, hosts, transcript }: { folder: string; env: NodeJS.ProcessEnv; hosts: string; transcript: string }) {
    this.transcript = createWriteStream(transcript);
    const inOwnMounts = 'mount --bind "$0" /etc/hosts && exec script --quiet --flush --return --command "bash --noprofile --norc --noediting" /dev/null';
    this.shell = spawn("unshare", ["--mount", "sh", "-c", inOwnMounts, hosts], { cwd: folder, env });
    for (const stream of [this.shell.stdout, this.shell.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        this.said += text;
        this.transcript.write(text);
        this.wake();
      });
    }
    this.shell.on("exit", () => {
      this.hasEnded = true;
      this.wake();
    });
  }

  async open(): Promise<void> {
    this.said = "";
    this.type("stty -echo cols 200 rows 50; PS1=$'\\n⟪$?⟫ ' PS2=\r");
    await this.until(PROMPT);
  }

  type(keys: string): void {
    this.shell.stdin.write(keys);
  }

  /**
   * Types a command and waits until the shell is there again.
   *
   * @throws Error with what was said, where a question does not come or nothing is heard for long
   */
  async run(command: string, answers: Answer[] = []): Promise<Said> {
    this.said = "";
    this.transcript.write(`${command}\n`);
    this.type(`${command}\r`);
    for (const [question, keys] of answers) {
      const came = await this.until(question, PROMPT);
      if (came === PROMPT) throw new Error(`\`${command}\` ended without the question ${String(question)}:\n${this.plain()}`);
      // Behind it the program begins to listen to keys: what is typed before is read by nobody.
      await new Promise((resolve) => setTimeout(resolve, 300));
      this.said = this.said.slice(this.said.length);
      this.type(keys);
    }
    await this.until(PROMPT);
    const text = this.plain();
    return { text: text.replace(PROMPT, ""), exitCode: Number(PROMPT.exec(text)![1]) };
  }

  async close(): Promise<void> {
    this.transcript.end();
    if (this.hasEnded) return;
    const ended = new Promise((resolve) => this.shell.on("exit", resolve));
    // With the terminal gone the kernel ends the shell and what runs in it.
    this.shell.kill("SIGKILL");
    await ended;
  }

  /** npx draws a wheel and takes its line away again. */
  private plain = (): string => stripVTControlCharacters(this.said.replace(/[^\n]*\x1b\[1G\x1b\[0K/g, "")).replaceAll("\r", "");

  /** The first of the patterns that is in what was said. */
  private async until(...patterns: RegExp[]): Promise<RegExp> {
    for (;;) {
      const text = this.plain();
      const found = patterns.find((pattern) => pattern.test(text));
      if (found !== undefined) return found;
      if (this.hasEnded) throw new Error(`the shell ended:\n${text}`);
      await this.more(text);
    }
  }

  private more(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const silent = setTimeout(() => reject(new Error(`nothing more is said, and it is not done:\n${text}`)), SILENT_MILLISECONDS);
      this.wake = () => {
        clearTimeout(silent);
        resolve();
      };
    });
  }
}
