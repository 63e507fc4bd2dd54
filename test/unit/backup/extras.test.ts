import { expect, test } from "@jest/globals";
import { type Extras, extrasDifferences, renderSetting } from "../../../images/backup/extras.ts";

test.each([
  [{ role: "blog_owner", inDatabase: false, name: "statement_timeout", value: "8s" }, `alter role "blog_owner" set "statement_timeout" to '8s';`],
  [{ role: "anon", inDatabase: true, name: "pgrst.db_schemas", value: "public, api" }, `alter role "anon" in database "blog" set "pgrst"."db_schemas" to 'public, api';`],
  [{ inDatabase: true, name: "search_path", value: '"$user", public, "a ""b"' }, `alter database "blog" set "search_path" to '$user', 'public', 'a "b';`],
  [{ inDatabase: true, name: "search_path", value: "" }, `alter database "blog" set "search_path" to '';`],
  [{ role: 'o"dd', inDatabase: false, name: "x.y", value: "it's; drop table a" }, `alter role "o""dd" set "x"."y" to 'it''s; drop table a';`],
])("a setting as SQL: %j", (setting, sql) => {
  expect(renderSetting(setting, "blog")).toBe(sql);
});

test("what differs is told without a value", () => {
  const one: Extras = {
    settings: [{ role: "a", inDatabase: true, name: "work_mem", value: "1MB" }],
    vault: [{ id: "1", name: "key", description: null, secret: "s3cret" }],
    mappings: [{ server: "far", user: "a", options: ["password=s3cret"] }],
  };
  expect(extrasDifferences(one, one)).toEqual([]);
  const said = extrasDifferences(one, { settings: [], vault: [{ ...one.vault[0]!, secret: "other" }], mappings: [] });
  expect(said).toEqual(["setting work_mem of a in the database is missing or different", "vault secret 1 is missing or different", "user mappings differ"]);
});
