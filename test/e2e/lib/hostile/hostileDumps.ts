// Dump files that somebody edited, tried by the product's own restore in the backup container of a stack.
import { execa } from "execa";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostileCase } from "./cases.ts";

export interface Outcome {
  /** Why it was refused, or what failed. */
  refused?: string;
  /** What is not as it was. */
  faults?: string[];
  /** Whether all that is outside of the restored database is as it was before. */
  unchanged: boolean;
}

/** In the container. */
const FOLDER = "/tmp/hostile";

export class HostileDumps {
  private readonly container: string;
  private readonly project: string;

  constructor(container: string, project: string) {
    this.container = container;
    this.project = project;
  }

  /** A dump of the project as it is now. */
  async take(): Promise<Buffer> {
    await this.inContainer("mkdir", "-p", FOLDER);
    await execa("docker", ["cp", new URL("drive.ts", import.meta.url).pathname, `${this.container}:${FOLDER}/drive.ts`]);
    await this.inContainer("node", `${FOLDER}/drive.ts`, "take", this.project);
    const { stdout } = await execa("docker", ["exec", this.container, "cat", `${FOLDER}/taken.dump`], { encoding: "buffer" });
    return Buffer.from(stdout);
  }

  /** Restores each on the server named: `live` or `scratch`. By the case's title. */
  async restore(where: "live" | "scratch", taken: Buffer, cases: readonly HostileCase[]): Promise<Record<string, Outcome>> {
    const folder = await mkdtemp(join(tmpdir(), "indie-ventures-e2e-hostile-"));
    try {
      await mkdir(join(folder, where));
      for (const [index, { dump, extras }] of cases.entries()) {
        const file = join(folder, where, String(index).padStart(3, "0"));
        await writeFile(`${file}.dump`, dump?.(taken) ?? taken);
        if (extras !== undefined) await writeFile(`${file}.json`, JSON.stringify(extras));
      }
      await execa("docker", ["cp", join(folder, where), `${this.container}:${FOLDER}/`]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const outcomes = Object.values(JSON.parse(await this.inContainer("node", `${FOLDER}/drive.ts`, "restore", this.project, where)) as Record<string, Outcome>);
    return Object.fromEntries(cases.map(({ title }, index) => [title, outcomes[index]!]));
  }

  private async inContainer(...words: string[]): Promise<string> {
    const { stdout } = await execa("docker", ["exec", this.container, ...words]);
    return stdout;
  }
}

export const hostileSql = (): Promise<string> => readFile(new URL("project.sql", import.meta.url), "utf8");
