import { execa } from "execa";
import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../../../images/backup/catalog.ts";
import { docker, type TestStack } from "./testStack.ts";

export interface JobRan {
  exitCode: number | undefined;
  /** What it said, both ways. */
  said: string;
}

/** The moment of a job at which something is done to it. */
export interface Moment {
  /** What it says then, or a part of it; or which of its lines, from 0 on. */
  line: string | number;
  /** Milliseconds after that. @default 0 */
  after?: number;
}

/** What is done to a job that runs. @param pid its process in the container */
export type Fault = (pid: string) => Promise<unknown>;

/** By a shell beside the job: one from outside comes half a second late. Node waits until a line is in the pipe, and this is next to read it. */
const KILL_AT = `saying=$1; shift
exec 3< <(exec node main.ts "$@" 2>&1)
job=$!
while IFS= read -r line <&3; do
  echo "$line"
  if [[ $line == *"$saying"* ]]; then kill -KILL "$job" && echo killed; fi
done`;

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

  /** What it answers, without what it says of its work on the way there. */
  async answer(...words: string[]): Promise<string> {
    return docker("exec", this.name, "node", "main.ts", ...words);
  }

  /**
   * Does something to a job in the middle.
   *
   * @throws Error where it ended before that moment: a fault that did not happen proves nothing
   */
  async faultAt({ line, after = 0 }: Moment, fault: Fault, ...words: string[]): Promise<JobRan> {
    const job = execa("docker", ["exec", this.name, "sh", "-c", 'echo "pid $$"; exec node main.ts "$@"', "sh", ...words], { reject: false, all: true });
    let pid = "";
    let at = -2;
    let done: Promise<unknown> | undefined;
    for await (const text of job.iterable()) {
      at++;
      pid ||= /^pid (\d+)$/.exec(text)?.[1] ?? "";
      if (done !== undefined || at < 0 || !(typeof line === "number" ? at === line : text.includes(line))) continue;
      done = sleep(after).then(() => fault(pid));
      // Whatever it says in the meantime is read on, so that it is not held up.
      done.catch(() => {});
    }
    const { exitCode, all } = await job;
    if (done === undefined) throw new Error(`it ended before it said ${JSON.stringify(line)}: ${all}`);
    await done;
    return { exitCode, said: all };
  }

  /**
   * Kills a job the moment that it says something: its process alone, the container goes on.
   *
   * @throws Error where it was not killed
   */
  async killAt(saying: string, ...words: string[]): Promise<void> {
    const { all } = await execa("docker", ["exec", this.name, "bash", "-c", KILL_AT, "bash", saying, ...words], { reject: false, all: true });
    if (!/^killed$/m.test(all)) throw new Error(`it was not killed when it said ${JSON.stringify(saying)}: ${all}`);
  }

  readonly killJob: Fault = (pid) => docker("exec", this.name, "sh", "-c", 'kill -KILL "$1"', "sh", pid);

  /** With all that runs in it, as a power cut would; and started again. */
  readonly killContainer: Fault = async () => {
    await docker("kill", this.name);
    await docker("start", this.name);
  };

  /** The file's text; undefined where there is none. */
  async read(path: string): Promise<string | undefined> {
    const { exitCode, stdout } = await execa("docker", ["exec", this.name, "cat", path], { reject: false });
    return exitCode === 0 ? stdout : undefined;
  }

  /** Until what a job that was cut short has left is put in order, by the container itself. */
  async inOrder(seconds = 120): Promise<void> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(500)) {
      if ((await this.read("/var/lib/indie-ventures/job.json")) === undefined) return;
    }
    throw new Error(`not in order within ${seconds} s: ${await docker("logs", "--tail", "20", this.name)}`);
  }

  async status(): Promise<Record<string, Status>> {
    const { stdout } = await execa("docker", ["exec", this.name, "cat", "/var/lib/indie-ventures/status.json"]);
    return JSON.parse(stdout);
  }
}
