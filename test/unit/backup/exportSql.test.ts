import { describe, expect, test } from "@jest/globals";
import type { Archive } from "../../../images/backup/archive.ts";
import type { Extras } from "../../../images/backup/extras.ts";
import { imageRoles, renderRenames } from "../../../images/backup/exportNames.ts";
import { projectSettings, renderCheck, renderExtras, renderSecrets } from "../../../images/backup/exportSql.ts";

const PROJECT = { name: "my-blog", database: "my_blog", roles: ["owner", "authenticator", "auth_admin", "storage_admin", "realtime"].map((end) => `my_blog_${end}`) };

describe("names", () => {
  test("of the image's go out of the way before the project's take them", () => {
    expect(renderRenames(imageRoles(PROJECT).moved)).toMatchInlineSnapshot(`
"alter role "postgres" rename to "supabase_image_postgres";
alter role "my_blog_owner" rename to "postgres";
alter role "authenticator" rename to "supabase_image_authenticator";
alter role "my_blog_authenticator" rename to "authenticator";
alter role "supabase_auth_admin" rename to "supabase_image_supabase_auth_admin";
alter role "my_blog_auth_admin" rename to "supabase_auth_admin";
alter role "supabase_storage_admin" rename to "supabase_image_supabase_storage_admin";
alter role "my_blog_storage_admin" rename to "supabase_storage_admin";"
`);
  });

  test("a login that is not known here is an error, not a project without it", () => {
    expect(() => imageRoles({ ...PROJECT, roles: PROJECT.roles.slice(1) })).toThrow('my-blog: it has no login my_blog_owner');
  });
});

test("the check names what upstream's first start has, quoted", () => {
  const entry = (desc: string, namespace: string, tag: string) => ({ dumpId: 1, desc, namespace, tag, owner: "supabase_admin", defn: "", dropStmt: "" });
  const base: Archive = { database: "postgres", serverVersion: "17.6 (Debian)", dumpVersion: "17.11", entries: [entry("TABLE", "auth", "users"), entry("VIEW", "public", "it's"), entry("TABLE", "extensions", "other")] };
  expect(renderCheck(base)).toMatchSnapshot();
});

describe("what pg_dump has not", () => {
  test("as SQL that psql runs: nothing of a value is more than a value", () => {
    const extras: Extras = {
      vault: [{ id: "0b5f", name: "stripe's", description: "", secret: "s3'cret\\", created_at: "2026-01-01T00:00:00.000001Z", updated_at: "2026-01-02T00:00:00.000000Z" }],
      mappings: [
        { server: 'far "away"', user: "po\"st", options: ["user=me", "password=a'b=c"] },
        { server: "far", user: "public", options: ["user=me"] },
      ],
      grants: [
        { kind: "table", object: "vault.decrypted_secrets", grantor: "postgres", grantee: "authenticated", privilege: "SELECT", grantable: true },
        { kind: "table", object: "vault.secrets", column: 'a "b"', grantor: "postgres", grantee: "public", privilege: "SELECT", grantable: false },
      ],
      settings: [{ inDatabase: true, name: "work_mem", value: "5MB" }, { role: "anon", inDatabase: true, name: "search_path", value: "public, a" }],
    };
    expect([renderSecrets(extras), renderExtras(extras, "postgres")]).toMatchSnapshot();
  });

  test("settings: not the image's own, not ours, not those of logins that upstream has not", () => {
    const image = [{ role: "authenticator", inDatabase: false, name: "statement_timeout", value: "8s" }];
    const kept = [
      { role: "postgres", inDatabase: false, name: "work_mem", value: "5MB" },
      { role: "authenticator", inDatabase: true, name: "statement_timeout", value: "8s" },
      { inDatabase: true, name: "temp_file_limit", value: "1GB" },
    ];
    const gone = [...image, { role: "postgres", inDatabase: false, name: "temp_file_limit", value: "2GB" }, { role: "my_blog_realtime", inDatabase: true, name: "work_mem", value: "1MB" }, { role: "supabase_image_postgres", inDatabase: true, name: "work_mem", value: "1MB" }];
    expect(projectSettings([...gone, ...kept], image, PROJECT)).toEqual(kept);
  });
});
