// How much memory containers need while something runs, from the cgroups of this machine. Page cache is left out: it fills whatever limit there
// is, and goes when somebody needs the room.
import { readFileSync } from "node:fs";
import { docker } from "../e2e/lib/testStack.ts";

/** Milliseconds between two looks. */
export const SAMPLED_EACH = 50;

/** Where the kernel counts a process's memory (cgroups(7)): of version 2, or of version 1, which has a hierarchy for memory alone. @param text of /proc/<pid>/cgroup */
export function memoryStatFile(text: string): string {
  const groups = text.trim().split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const path = (controller: string) => groups.find((group) => group?.[1]!.split(",").includes(controller))?.[2];
  const [one, two] = [path("memory"), path("")];
  if (one === undefined && two === undefined) throw new Error(`no memory is counted there: ${JSON.stringify(text)}`);
  return one === undefined ? `/sys/fs/cgroup${two}/memory.stat` : `/sys/fs/cgroup/memory${one}/memory.stat`;
}

/** MiB that are anonymous or shared, such as Postgres' shared_buffers. @param stat a memory.stat; version 1 has another word for anonymous */
export function neededMemory(stat: string): number {
  const [anonymous, shared] = [/^(?:anon|rss) (\d+)$/m, /^shmem (\d+)$/m].map((line) => line.exec(stat)?.[1]);
  if (anonymous === undefined || shared === undefined) throw new Error(`this is no memory.stat: ${JSON.stringify(stat.slice(0, 100))}`);
  return (Number(anonymous) + Number(shared)) / 1024 ** 2;
}

/** Looks at some containers until it is stopped. */
export class MemoryWatch {
  private readonly files: Map<string, string>;
  private readonly timer: NodeJS.Timeout;
  private peaks = new Map<string, number>();

  private constructor(files: Map<string, string>) {
    this.files = files;
    this.look();
    this.timer = setInterval(() => this.look(), SAMPLED_EACH);
  }

  /** @param containers their names */
  static async of(containers: string[]): Promise<MemoryWatch> {
    const found = await Promise.all(
      containers.map(async (container) => {
        const pid = await docker("inspect", "--format", "{{.State.Pid}}", container);
        return [container, memoryStatFile(readFileSync(`/proc/${pid}/cgroup`, "utf8"))] as const;
      }),
    );
    return new MemoryWatch(new Map(found));
  }

  /** The peaks since the last call, in MiB, by container. */
  take(): Map<string, number> {
    this.look();
    const peaks = this.peaks;
    this.peaks = new Map();
    this.look();
    return peaks;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const [container, file] of this.files) this.peaks.set(container, Math.max(this.peaks.get(container) ?? 0, neededMemory(readFileSync(file, "utf8"))));
  }
}
