import { expect, test } from "@jest/globals";
import { libpqEnvironment, type Postgres } from "../../../images/backup/postgres.ts";

const server: Postgres = { host: "/scratch/socket", port: 5432, superuser: { user: "supabase_admin" }, reader: { user: "supabase_backup" } };
const options = (user: string) => libpqEnvironment({ server, login: { user }, database: "blog" }).PGOPTIONS;

test("no session of ours is one that a project's owner has set up", () => {
  for (const user of ["supabase_admin", "supabase_backup", "supabase_restore"])
    for (const setting of ["search_path=pg_catalog", "local_preload_libraries= ", "statement_timeout=0", "transaction_timeout=0", "quote_all_identifiers=off"])
      expect(`${options(user)} `).toContain(`-c ${setting}`);
});

test("the reader of all projects' rows reads tables alone", () => {
  expect(options("supabase_backup")).toContain("-c restrict_nonsystem_relation_kind=view,foreign-table");
  expect(options("supabase_admin")).not.toContain("restrict_nonsystem_relation_kind");
});
