import * as pulumi from "@pulumi/pulumi";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { docker, type DockerRan, isLocalEngine } from "./dockerCli.ts";
import { isInTheWay, type Listener, parseListeners, type PortTaken, renderPortTaken } from "./ports.ts";

function listeners(): Listener[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].filter((file) => existsSync(file)).flatMap((file) => parseListeners(readFileSync(file, "utf8")));
}

/** The process that has the socket open, where we may see it. */
function processOf({ inode }: Listener): { pid: string; name: string } | undefined {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`);
      if (holds) return { pid, name: readFileSync(`/proc/${pid}/comm`, "utf8").trim() };
    } catch {
      // A process of another user, or one that has just ended.
    }
  }
  return undefined;
}

/** The container that publishes the port, and the stack whose label it carries. */
function containerOn({ failed, stdout }: DockerRan): { name: string; stack: string } | undefined {
  const [first] = stdout.split("\n").filter((line) => line !== "");
  if (failed || first === undefined) return undefined;
  const [name, stack] = first.split("\t");
  return { name: name!, stack: stack ?? "" };
}

export interface Wanted {
  key: PortTaken["key"];
  address: string;
  port: number;
}

/**
 * Nobody else has a port that we publish. Docker would find out too, but only when the container that had the old port is gone.
 *
 * @param stack whose own containers do not count
 * @throws RunError that says who has it
 */
export async function requirePorts(stack: string, wanted: Wanted[], run = docker): Promise<void> {
  // The engine's ports are those of another computer, that we can not look at.
  if (!isLocalEngine()) return;
  const taken: PortTaken[] = [];
  for (const { key, address, port } of wanted) {
    const inTheWay = listeners().find((listener) => isInTheWay(listener, { address, port }));
    if (!inTheWay) continue;
    const container = containerOn(await run("ps", "--filter", `publish=${port}`, "--format", '{{.Names}}\t{{.Label "indie-ventures.stack"}}'));
    if (container?.stack === stack) continue;
    const process = processOf(inTheWay);
    taken.push({ key, port, holder: container ? `the container ${container.name}` : process && `${process.name} (process ${process.pid})` });
  }
  if (taken.length > 0) throw new pulumi.RunError(taken.map((port) => renderPortTaken(port, stack)).join("\n"));
}
