import { execa } from "execa";
import { cp, open, rm } from "node:fs/promises";
import { join } from "node:path";

/** Enough for the program to begin an update, and little enough to be filled at once. */
const MEGABYTES = 160;

/** A folder on a file system of its own (a tmpfs, so root or sudo is needed) that can be filled while somebody works in it. */
export class SmallDisk {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Puts the folder, with all that is in it, on a disk of its own. */
  static async under(folder: string): Promise<SmallDisk> {
    await cp(folder, `${folder}.copy`, { recursive: true });
    await asRoot("mount", "-t", "tmpfs", "-o", `size=${MEGABYTES}m,mode=777`, "tmpfs", folder);
    await cp(`${folder}.copy`, folder, { recursive: true });
    await rm(`${folder}.copy`, { recursive: true });
    return new SmallDisk(folder);
  }

  /** Takes all room but so many megabytes. */
  async fill(leave = 0): Promise<void> {
    const file = await open(this.filler, "w");
    try {
      for (const block = Buffer.alloc(1 << 20); ; ) await file.write(block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      const { size } = await file.stat();
      await file.truncate(size - leave * (1 << 20));
    } finally {
      await file.close();
    }
  }

  makeRoom(): Promise<void> {
    return rm(this.filler, { force: true });
  }

  /** The folder is as others again, with what was on the disk in it. */
  async remove(): Promise<void> {
    await this.makeRoom();
    await cp(this.folder, `${this.folder}.copy`, { recursive: true });
    await asRoot("umount", this.folder);
    await cp(`${this.folder}.copy`, this.folder, { recursive: true, force: true });
    await rm(`${this.folder}.copy`, { recursive: true });
  }

  private get filler(): string {
    return join(this.folder, "filler");
  }
}

const asRoot = (...command: string[]) => (process.getuid!() === 0 ? execa(command[0]!, command.slice(1)) : execa("sudo", ["-n", ...command]));
