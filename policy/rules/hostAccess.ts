import { normalize } from "node:path/posix";
import { type Container, dockerPolicy, known, type Volume } from "../lib/policy.ts";

const SOCKETS = ["/run/docker.sock", "/var/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock"];

/** The engine's socket, and the folders that it is in: who has it is root of the server. */
function isEngine(path: string | undefined): boolean {
  if (!path?.startsWith("/")) return false;
  const folder = normalize(`${path}/`);
  return /\/(?:docker|containerd)\.sock\/$/.test(folder) || SOCKETS.some((socket) => socket.startsWith(folder));
}

const NAMESPACES = ["networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode"] as const;

export function containerMistakes(container: Container): string[] {
  const { volumes = [], mounts = [], privileged } = container;
  const folders = [...volumes.map((volume) => known(() => volume.hostPath)), ...mounts.map((mount) => known(() => mount.source))];
  return [
    ...(privileged ? ["is privileged, which is root of the server. Take `privileged` away, and name the capabilities that it needs."] : []),
    ...NAMESPACES.filter((mode) => container[mode] === "host").map(
      (mode) => `has the server's own in \`${mode}\`. Take "host" away: it would see what all others do.`,
    ),
    ...(folders.some(isEngine) ? ["mounts Docker's socket, or a folder that it is in, which is root of the server. Mount another folder, or a volume."] : []),
  ];
}

export const volumeMistakes = ({ driverOpts = {} }: Volume): string[] =>
  isEngine(known(() => driverOpts.device)) ? ["is the folder of Docker's socket, which is root of the server. Bind another folder."] : [];

export const hostAccess = dockerPolicy({
  name: "host-access",
  description: "No container is privileged, stands in the server's network, or has Docker's socket.",
  container: containerMistakes,
  volume: volumeMistakes,
});
