import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ownerSql } from "./clients.ts";
import { type ProjectOutputs, TestStack } from "./testStack.ts";

export const ONE = "20260101000000_one.sql";
export const TWO = "20260102000000_two.sql";
export const THREE = "20260103000000_three.sql";
export const FOUR = "20260104000000_four.sql";
export const table = (name: string): string => `create table public.${name} (id bigint primary key, note text);\ninsert into ${name} values (1, '${name}');\n`;
export const FAILS = `-- all of it or nothing\n${table("three")}insert into nowhere values ('lost');\n`;

/** A stack with projects whose migrations are in folders beside its `projects.yaml`. */
export class MigratedStack {
  readonly stack: TestStack;

  private constructor(stack: TestStack) {
    this.stack = stack;
  }

  static async create(projects: string): Promise<MigratedStack> {
    return new MigratedStack(await TestStack.create(projects));
  }

  path(project: string, file: string): string {
    return join(this.stack.directory, "supabase", project, file);
  }

  async write(project: string, files: Record<string, string>): Promise<void> {
    await mkdir(this.path(project, ""), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(this.path(project, file), text);
  }

  /** Everything that Pulumi says; of an update that fails, too. */
  async said(...args: string[]): Promise<{ exitCode: number | undefined; text: string }> {
    const { exitCode, all } = await this.stack.pulumi(args, { reject: false });
    return { exitCode, text: String(all) };
  }

  up(): Promise<{ exitCode: number | undefined; text: string }> {
    return this.said("up", "--yes", "--skip-preview");
  }
}

/** What the CLI noted, in the order in which it did. */
export async function applied(project: ProjectOutputs): Promise<string[]> {
  const { rows } = await ownerSql(project, "select version || '_' || name || '.sql' as file from supabase_migrations.schema_migrations order by ctid");
  return rows.map(({ file }) => file);
}

export const tables = async (project: ProjectOutputs): Promise<string[]> =>
  (await ownerSql(project, "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1")).rows.map(({ relname }) => relname);
