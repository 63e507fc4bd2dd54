import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { checkDatabases, checkInside, checkSession, type PostgresIs } from "../../../../../cli/indie/doctor/databases.ts";
import type { Should } from "../../../../../cli/indie/doctor/should.ts";
import { insideOf, postgresOf, wellServer, whats } from "./server.ts";

let should: Should;
let is: PostgresIs;
beforeAll(async () => {
  should = await wellServer();
});
beforeEach(() => {
  is = postgresOf(should);
});
const database = (name: string) => is.databases[name]!;
const check = (isAtWork = false) => checkDatabases(should, is, isAtWork);
const tenancy = (name: string) => should.tenancies.find((each) => each.database === name)!;

test("where all is well nothing is found", () => expect(check()).toEqual([]));

describe("a database", () => {
  test.each<[string, () => void, string, string | undefined]>([
    ["of another owner", () => (database("shop_eu").owner = "docs_owner"), "database shop_eu is owned by docs_owner, not by shop_eu_owner", 'alter database "shop_eu" owner to "shop_eu_owner";'],
    ["with another limit", () => (database("shop_eu").limit = 3), "database shop_eu takes 3 connections, not 44", 'alter database "shop_eu" connection limit 44;'],
    ["without a limit", () => (database("shop_eu").limit = -1), "database shop_eu takes any number of connections, not 44", 'alter database "shop_eu" connection limit 44;'],
    ["that is shut", () => (database("shop_eu").isOpen = false), "database shop_eu takes no connections", 'alter database "shop_eu" allow_connections true;'],
    ["that is gone", () => void delete is.databases.shop_eu, "database shop_eu is gone", undefined],
    ["of a service's own", () => (database("supabase_storage").limit = 1), "database supabase_storage takes 1 connections, not 20", 'alter database "supabase_storage" connection limit 20;'],
    ["that is the template, and open", () => (database("supabase_template").isOpen = true), "database supabase_template takes connections, or is no template", 'alter database "supabase_template" with is_template true allow_connections false;'],
  ])("%s", (_, change, what, sql) => {
    change();
    const finding = check().find((each) => each.what === what);
    expect(finding).toMatchObject({ rule: "database", service: "postgres" });
    expect(finding!.action).toEqual(sql === undefined ? undefined : { do: "sql", sql });
    expect(check().filter((each) => each.rule === "database")).toHaveLength(1);
  });

  test("of a removed project is shut or gone, and that is as it should be", () => {
    database("old").isOpen = false;
    database("old").acl.push({ grantee: "docs_owner", privilege: "CONNECT" });
    expect(check()).toEqual([]);
    delete is.databases.old;
    expect(check()).toEqual([]);
  });

  test("that a restore exchanges just now is left to it", () => {
    database("shop_eu").isOpen = false;
    delete is.databases.docs;
    expect(check(true)).toEqual([]);
    expect(check()).toHaveLength(2);
  });
});

describe("who may connect", () => {
  test.each<[string, string, string, string]>([
    ["shop_eu", "PUBLIC", "everybody may CONNECT to database shop_eu", 'revoke connect on database "shop_eu" from public;'],
    ["shop_eu", "docs_owner", "docs_owner may CONNECT to database shop_eu", 'revoke connect on database "shop_eu" from "docs_owner";'],
    ["supabase_realtime_docs", "PUBLIC", "everybody may CONNECT to database supabase_realtime_docs", 'revoke connect on database "supabase_realtime_docs" from public;'],
    ["postgres", "PUBLIC", "everybody may CONNECT to database postgres", 'revoke connect on database "postgres" from public;'],
    ["postgres", "docs_owner", "docs_owner may CONNECT to database postgres", 'revoke connect on database "postgres" from "docs_owner";'],
  ])("%s, %s", (name, grantee, what, sql) => {
    database(name).acl.push({ grantee, privilege: "CONNECT" });
    expect(check()).toMatchObject([{ rule: "grant", what, action: { do: "sql", sql } }]);
  });

  test("the image's own roles may connect to postgres", () => {
    database("postgres").acl.push({ grantee: "authenticator", privilege: "CONNECT" });
    expect(check()).toEqual([]);
  });

  test("what is missing is granted as the project's grants are written", () => {
    database("shop_eu").acl = database("shop_eu").acl.filter(({ grantee }) => grantee !== "shop_eu_realtime" && grantee !== "supabase_backup");
    expect(whats(check())).toEqual(["shop_eu_realtime may not CONNECT to database shop_eu", "supabase_backup may not CONNECT to database shop_eu", "shop_eu_realtime may not CREATE in database shop_eu"]);
    expect(check().map(({ action }) => action)).toEqual(Array(3).fill({ do: "replay", urn: should.commands.find(({ name }) => name === "shop-eu-tenancy")!.urn }));
  });
});

describe("inside", () => {
  test("all is as it should be", () => {
    for (const each of should.tenancies.filter(({ inside }) => inside)) expect(checkInside(each, should, insideOf(each), is.roles)).toEqual([]);
  });

  test("owners and grants", () => {
    const found = insideOf(tenancy("docs"));
    found.owners.auth = "postgres";
    found.publication = "postgres";
    found.grants = found.grants.filter(({ grantee }) => grantee !== "anon");
    const findings = checkInside(tenancy("docs"), should, found, is.roles);
    expect(whats(findings)).toEqual([
      "schema auth of database docs is owned by postgres, not by docs_auth_admin",
      "publication supabase_realtime of database docs is owned by postgres, not by docs_owner",
      "anon has no USAGE in schema realtime of database docs",
    ]);
    expect(findings.every(({ action }) => action?.do === "replay")).toBe(true);
  });

  test("of a role that is gone nothing more is told", () => {
    const found = { ...insideOf(tenancy("docs")), grants: [] };
    const { docs_owner: _, ...roles } = is.roles;
    expect(whats(checkInside(tenancy("docs"), should, found, roles)).filter((what) => what.startsWith("docs_owner"))).toEqual([]);
    expect(checkInside(tenancy("docs"), should, found, roles)).not.toEqual([]);
  });

  test("a publication that the owner dropped is the owner's affair; a schema that is gone is a person's", () => {
    const found = { ...insideOf(tenancy("docs")), publication: null };
    expect(checkInside(tenancy("docs"), should, found, is.roles)).toEqual([]);
    delete found.owners.storage;
    expect(checkInside(tenancy("docs"), should, found, is.roles)).toMatchObject([{ what: "schema storage of database docs is gone", fix: "by hand: npx indie restore docs brings back what was in it" }]);
  });

  test("nobody enters where the owner's code could run as superuser", () => {
    expect(checkSession(tenancy("docs"), should, is)).toEqual([]);
    database("docs").session = database("docs").session.filter((name) => name !== "search_path");
    expect(checkSession(tenancy("docs"), should, is)).toMatchObject([{ what: "the superuser's settings in database docs are gone", action: { do: "replay", urn: should.commands.find(({ name }) => name === "docs-realtime-schema")!.urn } }]);
  });
});
