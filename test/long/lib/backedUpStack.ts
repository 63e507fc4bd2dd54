import { expect } from "@jest/globals";
import { execa } from "execa";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BackupContainer } from "../../e2e/lib/backupContainer.ts";
import { createTables, ownerSql, supabase } from "../../e2e/lib/clients.ts";
import { contentOf } from "../../e2e/lib/serverState.ts";
import { type ProjectOutputs, TestStack } from "../../e2e/lib/testStack.ts";

/** A stack whose projects have data that is hard to keep, and a repository that outlives it. */
export class BackedUpStack {
  readonly stack: TestStack;
  readonly backups: BackupContainer;
  readonly outputs: Record<string, ProjectOutputs>;
  /** The folder. */
  readonly repository: string;
  /** What each project has, as it was made. */
  readonly saved: Record<string, string> = {};

  private constructor(stack: TestStack, outputs: Record<string, ProjectOutputs>, repository: string) {
    this.stack = stack;
    this.backups = new BackupContainer(stack);
    this.outputs = outputs;
    this.repository = repository;
  }

  /** @param filled the projects that get data; the others have what a new one has */
  static async create(projects: string[], filled: string[]): Promise<BackedUpStack> {
    const folder = (await execa("mktemp", ["--directory", "--tmpdir", "indie-ventures-long-repository-XXXXXX"])).stdout;
    const repository = join(folder, "repository");
    await mkdir(repository);
    const entries = projects.map((name) => `  - { name: ${name}, architecture: shared }\n`);
    const stack = await TestStack.create(`defaults: { backups: { schedule: off }, services: { realtime: off, studio: off } }\nprojects:\n${entries.join("")}`, {
      ...{ protectData: "true", backupRepository: repository, backupPassword: "a password of the repository" },
    });
    await stack.up();
    const made = new BackedUpStack(stack, await stack.outputs(), repository);
    for (const name of filled) await made.fill(name);
    return made;
  }

  private async fill(name: string): Promise<void> {
    const project = this.outputs[name]!;
    await createTables(project);
    await ownerSql(project, await readFile(new URL("../../e2e/lib/awkward.sql", import.meta.url), "utf8"));
    await ownerSql(project, "create table kept as select i, repeat(md5(i::text), 50) as text from generate_series(1, 2000) i");
    const { storage } = supabase(project.url, project.serviceRoleKey);
    expect((await storage.createBucket("pictures")).error).toBeNull();
    expect((await storage.from("pictures").upload("one.bin", Buffer.alloc(1_000_000, name))).error).toBeNull();
    this.saved[name] = await this.contentOf(name);
  }

  contentOf(name: string): Promise<string> {
    return contentOf(this.stack, this.backups, name);
  }

  /** What the project has is no more what it was made with, in its database and in its files. @returns what it has */
  async change(name: string): Promise<string> {
    const now = await this.contentOf(name);
    if (now !== this.saved[name]) return now;
    const project = this.outputs[name]!;
    await ownerSql(project, "delete from kept where i > 1000; create table too_much (i int)");
    const { storage } = supabase(project.url, project.serviceRoleKey);
    await storage.from("pictures").remove(["one.bin"]);
    expect((await storage.from("pictures").upload("other.bin", Buffer.alloc(1000, name))).error).toBeNull();
    const changed = await this.contentOf(name);
    expect(changed).not.toBe(this.saved[name]);
    return changed;
  }

  /** Of each project the newest backup that counts. */
  async newestProven(): Promise<Map<string, string>> {
    const found = (await this.backups.done("list")).matchAll(/^(\S+) +(\S+) +\S+ +proven /gm);
    // The newest of a project stands first.
    return new Map([...found].map(([, project, id]) => [project!, id!] as const).toReversed());
  }

  /** How many phases a job has, by a run that nothing happens to. */
  async phases(...words: string[]): Promise<number> {
    const { stdout } = await execa("docker", ["exec", this.backups.name, "node", "main.ts", ...words]);
    return stdout.split("\n").length;
  }

  async remove(): Promise<void> {
    await this.stack.remove();
    await execa("rm", ["-rf", join(this.repository, "..")]);
  }
}
