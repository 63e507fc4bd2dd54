import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BackupContainer } from "./backupContainer.ts";
import { ownerSql } from "./clients.ts";
import { fill, readEverything } from "./everything.ts";
import { newRepository } from "./repository.ts";
import { type ProjectOutputs, TestStack } from "./testStack.ts";

export const NAMES = ["blog", "shop"] as const;
export type Name = (typeof NAMES)[number];

/** A third one is there to be purged. */
export const OLD = "  - { name: old, architecture: shared, state: removed }\n";
export const OLD_PRESENT = OLD.replace(", state: removed", "");

/** @param blog further fields of that project's entry */
export const projects = (blog = ""): string => `defaults: { backups: { schedule: off } }
projects:
  - { name: blog, architecture: shared${blog} }
  - { name: shop, architecture: isolated, services: { studio: off } }
`;

/** One project of each architecture that have much to lose, with a repository that outlives their server. */
export class ProjectsToLose {
  stack!: TestStack;
  backups!: BackupContainer;
  outputs!: Record<Name, ProjectOutputs>;
  /** A folder that outlives the stack's volumes. */
  readonly repository: string;
  /** Of users who signed in before anything happened. */
  readonly tokens = {} as Record<Name, string>;
  /** What each had before anything happened. */
  readonly before = {} as Record<Name, unknown>;
  private readonly configure: (stack: TestStack) => Promise<void>;

  private constructor(repository: string, configure: (stack: TestStack) => Promise<void>) {
    this.repository = repository;
    this.configure = configure;
  }

  /** @param configure what else the stack's config has, and that of the one after it */
  static async create(configure: (stack: TestStack) => Promise<void> = async () => {}): Promise<ProjectsToLose> {
    const made = new ProjectsToLose(await newRepository(), configure);
    try {
      await made.newStack(projects() + OLD_PRESENT);
      await made.fill();
      return made;
    } catch (error) {
      await made.remove();
      throw error;
    }
  }

  private async fill(): Promise<void> {
    await this.readOutputs();
    for (const name of NAMES) {
      this.tokens[name] = await fill(this.outputs[name], name);
      this.before[name] = await this.everythingOf(name);
    }
    await ownerSql((await this.stack.outputs()).old!, "create table kept as select 42 as answer");
  }

  /** Another server, with the same repository. */
  async newStack(text: string): Promise<void> {
    this.stack = await TestStack.create(text, { protectData: "true", backupRepository: this.repository, backupPassword: "a password of the repository" });
    await this.configure(this.stack);
    await this.stack.up();
    this.backups = new BackupContainer(this.stack);
  }

  async readOutputs(): Promise<void> {
    this.outputs = (await this.stack.outputs()) as Record<Name, ProjectOutputs>;
  }

  everythingOf(name: Name): Promise<unknown> {
    return readEverything(this.outputs[name], name, this.tokens[name]);
  }

  async remove(): Promise<void> {
    await this.stack?.remove();
    await rm(join(this.repository, ".."), { recursive: true, force: true });
  }
}
