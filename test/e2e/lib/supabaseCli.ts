import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownerSql } from "./clients.ts";
import type { ProjectOutputs } from "./testStack.ts";

const SUPABASE = new URL("../tools/node_modules/.bin/supabase", import.meta.url).pathname;

const MIGRATION = `
  create table public.pushed (id bigint primary key, note text);
  alter table public.pushed enable row level security;
  create policy everyone on public.pushed for select using (true);
  insert into public.pushed values (1, 'by the CLI');
`;

/** The real `supabase` CLI, as a developer uses it with `dbUrl`. */
export function supabaseCli(project: () => ProjectOutputs): void {
  test("supabase db push applies migrations, gen types knows their tables", async () => {
    const folder = await mkdtemp(join(tmpdir(), "indie-ventures-cli-"));
    try {
      await mkdir(join(folder, "supabase", "migrations"), { recursive: true });
      await writeFile(join(folder, "supabase", "config.toml"), 'project_id = "e2e"\n');
      await writeFile(join(folder, "supabase", "migrations", "20260101000000_pushed.sql"), MIGRATION);
      const run = (...args: string[]) =>
        execa(SUPABASE, [...args, "--workdir", folder, "--yes"], { env: { SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", HOME: folder } });
      await run("db", "push", `--remote=${project().dbUrl}`);
      expect((await ownerSql(project(), "select note from pushed")).rows).toEqual([{ note: "by the CLI" }]);
      // What is pushed already is not pushed again.
      await run("db", "push", `--remote=${project().dbUrl}`);
      const { stdout } = await run("gen", "types", "--lang=typescript", "--schema=public", `--remote=${project().dbUrl}`);
      expect(stdout).toMatch(/"?pushed"?: \{[^}]*"?note"?: string \| null/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
