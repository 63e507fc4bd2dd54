import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { freeBytes } from "../../components/server/room.ts";
import { Stop } from "../report.ts";
import type { Run } from "../run.ts";

/** Below this a Postgres can not even recover from a crash in peace (its WAL segments alone are 16 MB each, up to 1 GB). */
const FREE_BYTES = 1e9;

/** @throws Stop where the disk of the engine is all but full */
export async function checkDisk(run: Run): Promise<void> {
  const { stdout: folder } = await run("docker", ["info", "--format", "{{.DockerRootDir}}"]);
  if (!existsSync(folder)) return; // An engine on another computer, or in a virtual machine.
  const free = freeBytes(folder);
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
