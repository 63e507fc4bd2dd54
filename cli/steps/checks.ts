import { lookup } from "node:dns/promises";
import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync } from "node:fs";
import { isInTheWay, type Listener, parseListeners, type PortTaken, renderPortTaken } from "../ports.ts";
import { Stop } from "../report.ts";
import { type Run, succeeded } from "../run.ts";

/** Below this a Postgres can not even recover from a crash in peace (its WAL segments alone are 16 MB each, up to 1 GB). */
const FREE_BYTES = 1e9;

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
async function containerOn(run: Run, port: number): Promise<{ name: string; stack: string } | undefined> {
  const format = '{{.Names}}\t{{.Label "indie-ventures.stack"}}';
  const ran = await run("docker", ["ps", "--filter", `publish=${port}`, "--format", format]);
  const [first] = ran.stdout.split("\n").filter((line) => line !== "");
  if (!succeeded(ran) || first === undefined) return undefined;
  const [name, stack] = first.split("\t");
  return { name: name!, stack: stack ?? "" };
}

export interface Wanted {
  key: PortTaken["key"];
  address: string;
  port: number;
}

/** @throws Stop where another program has a port that we publish; our own containers do not count */
export async function checkPorts(run: Run, stack: string, wanted: Wanted[]): Promise<void> {
  const taken: PortTaken[] = [];
  for (const { key, address, port } of wanted) {
    const inTheWay = listeners().find((listener) => isInTheWay(listener, { address, port }));
    if (!inTheWay) continue;
    const container = await containerOn(run, port);
    if (container?.stack === stack) continue;
    const process = processOf(inTheWay);
    taken.push({ key, port, holder: container ? `the container ${container.name}` : process && `${process.name} (process ${process.pid})` });
  }
  if (taken.length > 0) throw new Stop(taken.map((port) => renderPortTaken(port, stack)).join("\n"));
}

/** @throws Stop where the disk of the engine is all but full */
export async function checkDisk(run: Run): Promise<void> {
  const { stdout: folder } = await run("docker", ["info", "--format", "{{.DockerRootDir}}"]);
  if (!existsSync(folder)) return; // An engine on another computer, or in a virtual machine.
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < FREE_BYTES)
    throw new Stop(
      `The disk of Docker (${folder}) has ${Math.round(free / 1e6)} MB left, and at least ${FREE_BYTES / 1e6} MB must be free. Nothing was changed.
\`docker system df\` shows what takes the space; \`docker image prune\` removes images that nothing uses.`,
    );
}

/** The hosts that do not resolve on this computer. curl and browsers know *.localhost by themselves, Node and Python do not always. */
export async function unresolved(hosts: string[]): Promise<string[]> {
  const found = await Promise.all(hosts.map((host) => lookup(host).then(() => undefined, () => host)));
  return found.filter((host) => host !== undefined);
}

export const renderHostsLine = (hosts: string[]): string =>
  `Browsers and curl find these addresses by themselves, other programs (Node, Python) on this computer do not. For those, once:
  echo '127.0.0.1 ${hosts.join(" ")}' | sudo tee -a /etc/hosts`;
