import { execa } from "execa";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { docker } from "./testStack.ts";

/** Enough for the program to begin an update, and little enough to be filled at once. */
const MEGABYTES = 160;

/** A folder on a file system of its own (a tmpfs, so root or sudo is needed) that can be filled while somebody works in it. */
export class SmallDisk {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Puts the folder, with all that is in it, on a disk of its own. */
  static async under(folder: string, megabytes = MEGABYTES): Promise<SmallDisk> {
    await copy(folder, `${folder}.copy`);
    await asRoot("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=777`, "tmpfs", folder);
    await copy(`${folder}.copy`, folder);
    await asRoot("rm", "-r", `${folder}.copy`);
    return new SmallDisk(folder);
  }

  /** The same with what a container has mounted there, which is stopped meanwhile. */
  static async underContainer(container: string, path: string, megabytes: number): Promise<SmallDisk> {
    const mounts = JSON.parse(await docker("inspect", "--format", "{{json .Mounts}}", container)) as { Destination: string; Source: string }[];
    const { Source: folder } = mounts.find(({ Destination }) => Destination === path)!;
    return whileStopped(container, () => SmallDisk.under(folder, megabytes));
  }

  /** Takes all room but so many megabytes. */
  async fill(leave = 0): Promise<void> {
    // It ends where nothing is left.
    await asRoot("sh", "-c", 'dd if=/dev/zero of="$1" bs=64k 2>/dev/null || true; truncate --size=-"$2" "$1"', "sh", this.filler, `${leave}M`);
  }

  async makeRoom(): Promise<void> {
    await asRoot("rm", "-f", this.filler);
  }

  /** The folder is as others again, with what was on the disk in it. @param container that has it mounted, and is stopped meanwhile */
  async remove(container?: string): Promise<void> {
    await this.makeRoom();
    const unmount = async () => {
      await copy(this.folder, `${this.folder}.copy`);
      await asRoot("umount", this.folder);
      // What was there before the disk was: nothing of it comes back that has gone since.
      await asRoot("find", this.folder, "-mindepth", "1", "-delete");
      await copy(`${this.folder}.copy`, this.folder);
      await asRoot("rm", "-r", `${this.folder}.copy`);
    };
    await (container === undefined ? unmount() : whileStopped(container, unmount));
  }

  private get filler(): string {
    return join(this.folder, "filler");
  }
}

async function whileStopped<T>(container: string, use: () => Promise<T>): Promise<T> {
  await docker("stop", container);
  try {
    return await use();
  } finally {
    await docker("start", container);
    await eventually(() => docker("inspect", "--format", "{{.State.Health.Status}}", container), "healthy");
  }
}

/** With owners and rights: Postgres looks at those of its folder. */
async function copy(from: string, to: string): Promise<void> {
  await asRoot("mkdir", "-p", to);
  await asRoot("cp", "--archive", `${from}/.`, to);
}

const asRoot = (...command: string[]) => (process.getuid!() === 0 ? execa(command[0]!, command.slice(1)) : execa("sudo", ["-n", ...command]));
