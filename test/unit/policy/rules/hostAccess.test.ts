import { expect, test } from "@jest/globals";
import { hostAccess } from "../../../../policy/rules/hostAccess.ts";
import { ask, UNKNOWN } from "../lib/ask.ts";
import { container, volume } from "../lib/resources.ts";

const folder = (hostPath: string) => container({ volumes: [{ hostPath, containerPath: "/x" }] });

test.each([
  ["nothing of the server", container()],
  ["a volume", container({ volumes: [{ volumeName: UNKNOWN, containerPath: "/var/lib/storage" }] })],
  ["a folder for backups", folder("/srv/backups")],
  ["a folder with such a name", folder("/var/running")],
  ["a folder of a volume", volume("blog-files", { driverOpts: { type: "none", o: "bind", device: "/var/lib/docker/volumes/iv-dev-files/_data/files/blog" } })],
  ["one that is not known yet", volume("blog-files", { driverOpts: { type: "none", o: "bind", device: UNKNOWN } })],
])("conforms: %s", async (_, resource) => expect(await ask([hostAccess], resource)).toEqual([]));

test.each([
  ["privileged", container({ privileged: true }), "is privileged"],
  ["the server's network", container({ networkMode: "host" }), 'has the server\'s own in `networkMode`. Take "host" away'],
  ["the server's processes", container({ pidMode: "host" }), "`pidMode`"],
  ["the socket", folder("/var/run/docker.sock"), "mounts Docker's socket"],
  ["the socket by another way", folder("/srv/../run/docker.sock"), "mounts Docker's socket"],
  ["the socket of another engine", folder("/srv/other/docker.sock"), "mounts Docker's socket"],
  ["containerd's", folder("/run/containerd/containerd.sock"), "mounts Docker's socket"],
  ["its folder", folder("/var/run"), "mounts Docker's socket"],
  ["everything", folder("/"), "mounts Docker's socket"],
  ["the socket, as a mount", container({ mounts: [{ target: "/x", type: "bind", source: "/run/docker.sock" }] }), "mounts Docker's socket"],
  ["its folder, as a volume", volume("x", { driverOpts: { type: "none", o: "bind", device: "/run/" } }), 'The volume "x" is the folder of Docker\'s socket'],
])("violates: %s", async (_, resource, message) => {
  const violation = { policy: "host-access", level: "mandatory", message: expect.stringContaining(message) };
  expect(await ask([hostAccess], resource)).toEqual([expect.objectContaining(violation)]);
});
