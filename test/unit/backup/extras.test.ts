import { expect, test } from "@jest/globals";
import { type Extras, extrasDifferences, foreignSettings, renderSetting, type RoleSetting } from "../../../images/backup/extras.ts";

test.each([
  [{ role: "blog_owner", inDatabase: false, name: "statement_timeout", value: "8s" }, `alter role "blog_owner" set "statement_timeout" to '8s';`],
  [{ role: "anon", inDatabase: true, name: "pgrst.db_schemas", value: "public, api" }, `alter role "anon" in database "blog" set "pgrst"."db_schemas" to 'public, api';`],
  [{ inDatabase: true, name: "search_path", value: '"$user", public, "a ""b"' }, `alter database "blog" set "search_path" to '$user', 'public', 'a "b';`],
  [{ inDatabase: true, name: "search_path", value: "" }, `alter database "blog" set "search_path" to '';`],
  [{ role: 'o"dd', inDatabase: false, name: "x.y", value: "it's; drop table a" }, `alter role "o""dd" set "x"."y" to 'it''s; drop table a';`],
])("a setting as SQL: %j", (setting, sql) => {
  expect(renderSetting(setting, "blog")).toBe(sql);
});

test.each<[RoleSetting, boolean]>([
  [{ role: "blog_owner", inDatabase: false, name: "work_mem", value: "1" }, true],
  [{ role: "blog_owner", inDatabase: true, name: "work_mem", value: "1" }, true],
  [{ role: "anon", inDatabase: true, name: "work_mem", value: "1" }, true],
  [{ inDatabase: true, name: "local_preload_libraries", value: "x" }, true],
  [{ role: "anon", inDatabase: false, name: "work_mem", value: "1" }, false],
  [{ role: "docs_owner", inDatabase: false, name: "work_mem", value: "1" }, false],
  [{ inDatabase: false, name: "work_mem", value: "1" }, false],
  [{ role: "supabase_admin", inDatabase: true, name: "search_path", value: "public" }, false],
  [{ role: "supabase_backup", inDatabase: true, name: "role", value: "x" }, false],
  [{ inDatabase: true, name: "session_preload_libraries", value: "x" }, false],
  [{ role: "blog_owner", inDatabase: false, name: "dynamic_library_path", value: "/tmp" }, false],
])("what is a project's to set: %j %j", (setting, isItsOwn) => {
  const found = foreignSettings([setting], { roles: ["blog_owner"], ours: ["supabase_admin", "supabase_backup"] });
  expect(found).toEqual(isItsOwn ? [] : [setting]);
});

test("what differs is told without a value", () => {
  const one: Extras = {
    settings: [{ role: "a", inDatabase: true, name: "work_mem", value: "1MB" }],
    vault: [{ id: "1", name: "key", description: "", secret: "s3cret", created_at: "2026-01-01T00:00:00.000000Z", updated_at: "2026-01-01T00:00:00.000000Z" }],
    mappings: [{ server: "far", user: "a", options: ["password=s3cret"] }],
    grants: [{ kind: "table", object: "vault.secrets", column: "na\nme", grantor: "a", grantee: "public", privilege: "SELECT", grantable: false }],
  };
  expect(extrasDifferences(one, one)).toEqual([]);
  const said = extrasDifferences(one, { settings: [], vault: [{ ...one.vault[0]!, secret: "other" }], mappings: [], grants: [] });
  expect(said).toEqual([
    "setting work_mem of a in the database is missing or different",
    "vault secret 1 is missing or different",
    "user mappings differ",
    "grant of SELECT on table vault.secrets.na\\u{a}me to public is missing",
  ]);
});
