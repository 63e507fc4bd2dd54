import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseListeners } from "../components/server/ports.ts";
import type { Report } from "./report.ts";
import { type Run, succeeded } from "./run.ts";

/**
 * The plugins of a CLI that was killed live on for minutes, and what they started inside containers goes on to its end (measured:
 * both). Recovery must not look at the world while they still change it.
 */

export interface Process {
  pid: number;
  /** The command line, word by word. */
  words: string[];
  /** Names of its environment variables. */
  variables: string[];
}

/** A plugin has the engine's address as an argument, and inherits Pulumi's variables. One whose engine listens no more is an orphan. */
export function orphans(processes: Process[], listening: Set<number>): Process[] {
  return processes.filter(({ words, variables }) => {
    const ports = words.flatMap((word) => /^127\.0\.0\.1:(\d+)$/.exec(word)?.slice(1) ?? []).map(Number);
    return ports.length > 0 && ports.every((port) => !listening.has(port)) && variables.some((name) => name.startsWith("PULUMI_"));
  });
}

const zeroSeparated = (file: string): string[] => readFileSync(file, "utf8").split("\0").filter((word) => word !== "");

const network = (pid: string): string => readlinkSync(`/proc/${pid}/ns/net`);

/** The processes whose 127.0.0.1 is ours: not those in containers. */
function processes(): Process[] {
  const ours = network("self");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (network(pid) !== ours) return [];
        const variables = zeroSeparated(`/proc/${pid}/environ`).map((entry) => entry.split("=")[0]!);
        return [{ pid: Number(pid), words: zeroSeparated(`/proc/${pid}/cmdline`), variables }];
      } catch {
        return []; // It has just ended, or is another user's.
      }
    });
}

const listening = (): Set<number> => new Set(parseListeners(readFileSync("/proc/net/tcp", "utf8")).map(({ port }) => port));

const STOP_SECONDS = 5;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends the plugins of a dead CLI, so that none of them makes anything any more. */
export async function endOrphans(report: Report): Promise<void> {
  const found = existsSync("/proc/net/tcp") ? orphans(processes(), listening()) : [];
  if (found.length === 0) return;
  report.line(`plugins of the killed update are ended (processes ${found.map(({ pid }) => pid).join(", ")})`);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const { pid } of found) if (isAlive(pid)) process.kill(pid, signal);
    for (let tenth = 0; tenth < STOP_SECONDS * 10 && found.some(({ pid }) => isAlive(pid)); tenth++) await sleep(100);
  }
}

const EXEC_SECONDS = 120;

/** What runs by `docker exec` in the stack's containers at this moment, health checks included. */
async function execs(run: Run, stack: string): Promise<Set<string>> {
  const containers = await run("docker", ["ps", "--quiet", "--filter", `label=indie-ventures.stack=${stack}`]);
  const ids = containers.stdout.split("\n").filter((id) => id !== "");
  if (ids.length === 0) return new Set();
  const ran = await run("docker", ["container", "inspect", "--format", "{{json .ExecIDs}}", ...ids]);
  return new Set(succeeded(ran) ? ran.stdout.split("\n").flatMap((line) => (JSON.parse(line) as string[] | null) ?? []) : []);
}

/** Waits for commands that the killed update had running in containers: they go on without it. New ones (health checks) do not count. */
export async function waitForExecs({ run, report, stack }: { run: Run; report: Report; stack: string }): Promise<void> {
  const started = await execs(run, stack);
  for (let second = 0; second < EXEC_SECONDS && started.size > 0; second++) {
    if (second === 2) report.line(`waiting for ${started.size} command(s) of the killed update to end in their containers`);
    await sleep(1000);
    const now = await execs(run, stack);
    for (const id of started) if (!now.has(id)) started.delete(id);
  }
}
