import { expect, test } from "@jest/globals";
import { hostAccess } from "../../../../policy/rules/hostAccess.ts";
import { ask, UNKNOWN } from "../lib/ask.ts";
import { container, volume } from "../lib/resources.ts";

const VOLUMES = "/var/lib/docker/volumes";
const bind = (name: string, device: string) => volume(name, { driverOpts: { type: "none", o: "bind", device } });
const folder = (hostPath: string) => container({ volumes: [{ hostPath, containerPath: "/x" }] });

test.each([
  ["nothing of the server", container()],
  ["a volume", container({ volumes: [{ volumeName: UNKNOWN, containerPath: "/var/lib/storage" }] })],
  ["a folder for backups", folder("/srv/backups")],
  ["a folder with such a name", folder("/var/running")],
  ["a project's folder of the volume of files", bind("blog-files", `${VOLUMES}/iv-dev-files/_data/files/blog`)],
  ["the same of an engine that keeps its data elsewhere", bind("blog-files", "/mnt/disk/docker/volumes/iv-dev-files/_data/files/blog")],
  ["one that is not known yet", bind("blog-files", UNKNOWN)],
  ["a folder beside Docker's", folder("/var/lib/docker-backups")],
  ["what our containers have", container({ capabilities: { adds: ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"], drops: ["ALL"] }, securityOpts: ["no-new-privileges:true"] })],
  ["capabilities without their first word", container({ capabilities: { adds: ["setuid"] } })],
  ["one that others could have", container({ ipcMode: "shareable" })],
  ["namespaces of its own, said", container({ ipcMode: "private", cgroupnsMode: "private", pidMode: "", networkMode: "none" })],
  ["what is not known yet", container(Object.fromEntries(["privileged", "networkMode", "pidMode", "devices", "gpus", "securityOpts", "volumes", "mounts"].map((name) => [name, UNKNOWN])))],
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
  ["another container's processes", container({ pidMode: "container:iv-dev-postgres" }), "has another container's in `pidMode`"],
  ["another container's memory", container({ ipcMode: "container:0123456789ab" }), "has another container's in `ipcMode`"],
  ["all capabilities", container({ capabilities: { adds: ["ALL"] } }), "is given more in `capabilities`"],
  ["one that is root", container({ capabilities: { adds: ["CHOWN", "CAP_SYS_ADMIN"] } }), "is given more in `capabilities`"],
  ["the same in small letters", container({ capabilities: { adds: ["cap_sys_module"] } }), "is given more in `capabilities`"],
  ["no filter of calls to the kernel", container({ securityOpts: ["no-new-privileges:true", "seccomp=unconfined"] }), "opens in `securityOpts`"],
  ["no AppArmor", container({ securityOpts: ["apparmor:unconfined"] }), "opens in `securityOpts`"],
  ["new privileges, said", container({ securityOpts: ["no-new-privileges:false"] }), "opens in `securityOpts`"],
  ["a disk", container({ devices: [{ hostPath: "/dev/sda" }] }), "is given a device of the server"],
  ["all devices of a kind", container({ deviceCgroupRules: ["b 8:* rwm"] }), "is given a device of the server"],
  ["a device by its driver", container({ deviceRequests: [{ count: -1 }] }), "is given a device of the server"],
  ["graphics cards", container({ gpus: "all" }), "is given a device of the server"],
  ["Docker's data", folder("/var/lib/docker"), "mounts Docker's own data"],
  ["what it is in", folder("/var/lib"), "mounts Docker's own data"],
  ["by another way", folder("/srv/../var/lib//docker/"), "mounts Docker's own data"],
  ["Postgres' volume, as a folder", folder(`${VOLUMES}/iv-dev-postgres-data/_data`), "mounts Docker's own data"],
  ["the same of an engine that keeps its data elsewhere", folder("/mnt/disk/docker/volumes/iv-dev-postgres-data/_data"), "mounts Docker's own data"],
  ["Docker's data without root", folder("/home/ada/.local/share/docker/volumes"), "mounts Docker's own data"],
  ["Docker's data, as a mount", container({ mounts: [{ target: "/x", type: "bind", source: "/var/lib/docker" }] }), "mounts Docker's own data"],
  ["the socket, as options of a mount", container({ mounts: [{ target: "/x", type: "volume", volumeOptions: { driverOptions: { type: "none", o: "bind", device: "/run" } } }] }), "mounts Docker's socket"],
  ["all volumes of another container", container({ volumes: [{ fromContainer: "iv-dev-postgres" }] }), "has all volumes of another container"],
  ["Docker's data, as a volume", bind("x", "/var/lib/docker"), 'The volume "x" is a folder of Docker\'s own data'],
  ["another project's files", bind("blog-files", `${VOLUMES}/iv-dev-files/_data/files/docs`), "is a folder of Docker's own data"],
  ["every project's files", bind("blog-files", `${VOLUMES}/iv-dev-files/_data/files`), "is a folder of Docker's own data"],
  ["Postgres' data with the files' path in it", bind("blog-files", `${VOLUMES}/iv-dev-postgres-data/_data/volumes/iv-dev-files/_data/files/blog`), "is a folder of Docker's own data"],
  ["its folder, as a volume", bind("x", "/run/"), 'The volume "x" is the folder of Docker\'s socket'],
])("violates: %s", async (_, resource, message) => {
  const violation = { policy: "host-access", level: "mandatory", message: expect.stringContaining(message) };
  expect(await ask([hostAccess], resource)).toEqual([expect.objectContaining(violation)]);
});
