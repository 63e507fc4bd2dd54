import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import pg, { type QueryResult } from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { resolveLocalhost } from "./localhost.ts";
import type { ProjectOutputs } from "./testStack.ts";

resolveLocalhost();

/** The real client, as an app has it, without a session kept between tests. */
export const supabase = (url: string, key: string): SupabaseClient =>
  createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } });

/** SQL over `dbUrl`, as a developer does it. */
export async function ownerSql(project: ProjectOutputs, text: string): Promise<QueryResult> {
  const client = new pg.Client({ connectionString: project.dbUrl });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

/**
 * A table that each user sees only their own rows of; and two for load, that anyone may write: an echo names a hit that was there before it. No foreign
 * key says so, as it would refuse what a test is to find.
 */
export const TABLES = `
  create table if not exists notes (id bigint generated always as identity primary key, user_id uuid not null default auth.uid(), body text not null);
  alter table notes enable row level security;
  drop policy if exists own on notes;
  create policy own on notes for all to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
  create table if not exists hits (id bigint generated always as identity primary key, client text);
  create table if not exists echoes (hit text not null);
  grant select, insert on hits, echoes to anon;
`;

/** Makes the tables and waits until the API knows them. */
export async function createTables(project: ProjectOutputs): Promise<void> {
  await ownerSql(project, TABLES);
  const client = supabase(project.url, project.serviceRoleKey);
  for (let attempt = 0; ; attempt++) {
    const { error } = await client.from("hits").select("id").limit(1);
    if (error === null) return;
    if (attempt === 100) throw new Error(`the API does not know the new table: ${error.message}`);
    await sleep(100);
  }
}
