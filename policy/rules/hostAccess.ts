import { normalize } from "node:path/posix";
import { fixedName } from "../../components/ours.ts";
import { type Container, dockerPolicy, known, labelOf, type Volume } from "../lib/policy.ts";

const SOCKETS = ["/run/docker.sock", "/var/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock"];

/** With the slash behind it, and no `..` in it. Undefined where it is no folder of the server: a volume's name, or another computer's. */
const folderOf = (path: string | undefined): string | undefined => (path?.startsWith("/") ? normalize(`${path}/`) : undefined);

/** The engine's socket, and the folders that it is in: who has it is root of the server. */
function isEngine(path: string | undefined): boolean {
  const folder = folderOf(path);
  if (folder === undefined) return false;
  return /\/(?:docker|containerd)\.sock\/$/.test(folder) || SOCKETS.some((socket) => socket.startsWith(folder));
}

/** Where the engine keeps its own, unless it is told otherwise. */
const DATA = ["/var/lib/docker/", "/var/lib/containerd/"];

/** All volumes and images of the server, what is in them, and the folders that they are in. An engine without root has them in a home. */
function isEnginesData(path: string | undefined): boolean {
  const folder = folderOf(path);
  if (folder === undefined || isEngine(path)) return false;
  return DATA.some((data) => data.startsWith(folder) || folder.startsWith(data)) || /\/\.local\/share\/(?:docker|containerd)\/|\/volumes\/[^/]+\/_data\//.test(folder);
}

/** Words for a namespace of its own, which it has without a word, too. What is shareable nobody may have: see below. Of networks see the policy networks. */
const OWN = { pidMode: [], ipcMode: ["private", "none", "shareable"], usernsMode: [], cgroupnsMode: ["private"] } as const satisfies Record<string, readonly string[]>;

function namespaceMistakes(container: Container): string[] {
  const isOthers = (mode: keyof typeof OWN) => known(() => container[mode] && container[mode] !== "host" && !(OWN[mode] as readonly string[]).includes(container[mode])) === true;
  const modes = Object.keys(OWN) as (keyof typeof OWN)[];
  return [
    ...(["networkMode", ...modes] as const)
      .filter((mode) => known(() => container[mode]) === "host")
      .map((mode) => `has the server's own in \`${mode}\`. Take "host" away: it would see what all others do.`),
    ...modes.filter(isOthers).map((mode) => `has another container's in \`${mode}\`. Take it away: it would see what that one does.`),
  ];
}

/** What Docker gives to each container that says nothing (moby oci/caps/defaults.go), and so no more than that. */
const CAPABILITIES = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(" ");

/** Any other opens something: `seccomp=unconfined`, `label=disable`, `systempaths=unconfined`. */
const isHarmless = (option: string): boolean => /^no-new-privileges(?:[:=]true)?$/.test(option);

/** Each of a list that is known as a whole. */
const all = <T>(read: () => readonly T[] | undefined): T[] => known(() => [...(read() ?? [])]) ?? [];

function rightsMistakes(container: Container): string[] {
  const capabilities = all(() => container.capabilities?.adds);
  const hasDevice = () => [container.devices, container.deviceRequests, container.deviceCgroupRules].some((list) => (list ?? []).length > 0) || Boolean(container.gpus);
  return [
    ...(known(() => container.privileged) ? ["is privileged, which is root of the server. Take `privileged` away, and name the capabilities that it needs."] : []),
    ...(capabilities.every((each) => CAPABILITIES.includes(each.toUpperCase().replace(/^CAP_/, "")))
      ? []
      : ["is given more in `capabilities` than Docker gives by itself, as ALL or SYS_ADMIN, which are root of the server. Name those that it needs."]),
    ...(all(() => container.securityOpts).every(isHarmless)
      ? []
      : ['opens in `securityOpts` what keeps it from the server\'s kernel. Leave nothing there but "no-new-privileges:true".']),
    ...(known(hasDevice) === true ? ["is given a device of the server. Take `devices`, `gpus` and the like away: a disk is everything on it."] : []),
  ];
}

export function containerMistakes(container: Container): string[] {
  const volumes = all(() => container.volumes);
  const mounts = all(() => container.mounts);
  const folders = [
    ...volumes.map((volume) => known(() => volume.hostPath)),
    ...mounts.flatMap((mount) => [known(() => mount.source), known(() => mount.volumeOptions?.driverOptions?.device)]),
  ];
  return [
    ...rightsMistakes(container),
    ...namespaceMistakes(container),
    ...(folders.some(isEngine) ? ["mounts Docker's socket, or a folder that it is in, which is root of the server. Mount another folder, or a volume."] : []),
    ...(folders.some(isEnginesData) ? ["mounts Docker's own data, or a folder that it is in, where every project's is. Mount another folder, or a volume by its name."] : []),
    ...(volumes.some((volume) => known(() => Boolean(volume.fromContainer)) === true) ? ["has all volumes of another container, by `fromContainer`. Name those that it needs."] : []),
  ];
}

/** A project's own folder of the volume of files, as components/fileStore.ts has it. */
function isView(volume: Volume, path: string | undefined): boolean {
  const view = `/volumes/${fixedName(labelOf(volume, "stack") ?? "", "files")}/_data/files/${labelOf(volume, "project") ?? ""}/`;
  const folder = folderOf(path) ?? "";
  return folder.endsWith(view) && folder.indexOf("/_data/") === folder.lastIndexOf("/_data/") && labelOf(volume, "project") !== undefined;
}

export function volumeMistakes(volume: Volume): string[] {
  const device = known(() => volume.driverOpts?.device);
  if (isEngine(device)) return ["is the folder of Docker's socket, which is root of the server. Bind another folder."];
  return isEnginesData(device) && !isView(volume, device) ? ["is a folder of Docker's own data, where every project's is. Bind another folder."] : [];
}

export const hostAccess = dockerPolicy({
  name: "host-access",
  description: "No container is privileged or is given more than Docker gives by itself, stands in the server's or another one's namespaces, or has Docker's socket or data.",
  container: containerMistakes,
  volume: volumeMistakes,
});
