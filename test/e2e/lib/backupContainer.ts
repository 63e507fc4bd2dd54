import { execa } from "execa";
import type { TestStack } from "./testStack.ts";

export interface JobRan {
  exitCode: number | undefined;
  /** What it said, both ways. */
  said: string;
}

/** The backup container of a stack, as `npm run indie --` speaks to it. */
export class BackupContainer {
  readonly name: string;

  constructor(stack: TestStack) {
    this.name = `iv-${stack.name}-backup`;
  }

  async job(...words: string[]): Promise<JobRan> {
    const { exitCode, all } = await execa("docker", ["exec", this.name, "node", "main.ts", ...words], { reject: false, all: true });
    return { exitCode, said: all };
  }

  /** @throws Error with what it said where it failed */
  async done(...words: string[]): Promise<string> {
    const { exitCode, said } = await this.job(...words);
    if (exitCode !== 0) throw new Error(`${words.join(" ")}: exit ${exitCode}\n${said}`);
    return said;
  }

  /** Kills a job the moment that it says something. */
  async killAt(saying: string, ...words: string[]): Promise<void> {
    const job = execa("docker", ["exec", this.name, "sh", "-c", 'echo "pid $$"; exec node main.ts "$@"', "sh", ...words], { reject: false });
    let pid = "";
    for await (const line of job.iterable()) {
      pid ||= /^pid (\d+)$/.exec(line)?.[1] ?? "";
      if (!line.includes(saying)) continue;
      await execa("docker", ["exec", this.name, "sh", "-c", 'kill -KILL "$1"', "sh", pid]);
      return void (await job);
    }
    throw new Error(`it ended before it said ${JSON.stringify(saying)}: ${(await job).stderr}`);
  }

  async status(): Promise<Record<string, { provenBackups: number; lastProvenRestore?: string; lastFailure?: { text: string }; removal?: { phase: string } }>> {
    const { stdout } = await execa("docker", ["exec", this.name, "cat", "/var/lib/indie-ventures/status.json"]);
    return JSON.parse(stdout);
  }
}
