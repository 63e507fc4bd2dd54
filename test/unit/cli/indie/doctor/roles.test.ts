import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { checkRoles, type RoleIs, sameSetting } from "../../../../../cli/indie/doctor/roles.ts";
import { isPasswordOf, verifierOf } from "../../../../../cli/indie/doctor/scram.ts";
import type { Should } from "../../../../../cli/indie/doctor/should.ts";
import { postgresOf, wellServer } from "./server.ts";

let should: Should;
let is: Record<string, RoleIs>;
beforeAll(async () => {
  should = await wellServer();
});
beforeEach(() => {
  is = postgresOf(should).roles;
});

test("where all is well nothing is found", () => expect(checkRoles(should, is)).toEqual([]));

test.each<[string, (role: RoleIs) => void, string, string]>([
  ["docs_owner", (role) => (role.login = false), "role docs_owner is nologin, not login", 'alter role "docs_owner" login;'],
  ["old_owner", (role) => (role.login = true), "role old_owner is login, not nologin", 'alter role "old_owner" nologin;'],
  ["docs_owner", (role) => (role.superuser = true), "role docs_owner is superuser, not nosuperuser", 'alter role "docs_owner" nosuperuser;'],
  ["docs_owner", (role) => (role.createRole = true), "role docs_owner is createrole, not nocreaterole", 'alter role "docs_owner" nocreaterole;'],
  ["docs_owner", (role) => (role.createDatabase = true), "role docs_owner is createdb, not nocreatedb", 'alter role "docs_owner" nocreatedb;'],
  ["docs_owner", (role) => (role.bypassRls = true), "role docs_owner is bypassrls, not nobypassrls", 'alter role "docs_owner" nobypassrls;'],
  ["docs_realtime", (role) => (role.replication = false), "role docs_realtime is noreplication, not replication", 'alter role "docs_realtime" replication;'],
  ["docs_authenticator", (role) => (role.inherit = true), "role docs_authenticator is inherit, not noinherit", 'alter role "docs_authenticator" noinherit;'],
  ["docs_owner", (role) => (role.limit = 1), "role docs_owner may have 1 connections, not 44", 'alter role "docs_owner" connection limit 44;'],
  ["supabase_backup", (role) => (role.limit = 0), "role supabase_backup may have 0 connections, not any number of", 'alter role "supabase_backup" connection limit -1;'],
  ["docs_owner", (role) => (role.memberOf = role.memberOf.filter((group) => group !== "anon")), "role docs_owner is no member of anon", 'grant "anon" to "docs_owner";'],
  ["docs_owner", (role) => role.memberOf.push("old_owner"), "role docs_owner is a member of old_owner", 'revoke "old_owner" from "docs_owner";'],
  ["docs_auth_admin", (role) => (role.settings = role.settings.filter((setting) => !setting.startsWith("search_path"))), "role docs_auth_admin has no search_path, not auth", `alter role "docs_auth_admin" set "search_path" = 'auth';`],
  ["docs_authenticator", (role) => role.settings.push("statement_timeout=0"), "role docs_authenticator has statement_timeout = 0, not 8000", `alter role "docs_authenticator" set "statement_timeout" = '8000';`],
  ["docs_owner", (role) => (role.settings = []), "role docs_owner has no temp_file_limit, not 2GB", `alter role "docs_owner" set "temp_file_limit" = '2GB';`],
  ["supabase_backup", (role) => (role.settings = []), "role supabase_backup has no lo_compat_privileges, not on", `alter role "supabase_backup" set "lo_compat_privileges" = 'on';`],
])("%s: %#", (name, change, what, sql) => {
  change(is[name]!);
  expect(checkRoles(should, is)).toMatchObject([{ rule: "role", service: "postgres", what, action: { do: "sql", sql } }]);
});

test("one that is gone is made again by Pulumi, which knows its password", () => {
  delete is.docs_realtime;
  expect(checkRoles(should, is)).toMatchObject([{ project: "docs", what: "role docs_realtime is gone", action: { do: "remake" } }]);
});

describe("a password", () => {
  test("that is another one: neither it nor the right one is in what is said or done", () => {
    is.docs_owner!.verifier = verifierOf("another", Buffer.from("salt"), 10);
    const findings = checkRoles(should, is);
    const { password } = should.roles.find(({ name }) => name === "docs_owner")!;
    expect(findings).toMatchObject([{ what: "role docs_owner has another password than the state", fix: "its password is set again" }]);
    expect(JSON.stringify(findings)).not.toContain(password);
    const [, verifier] = /password '(.*)'/.exec(JSON.stringify(findings[0]!.action))!;
    expect(isPasswordOf(verifier!, password!)).toBe(true);
  });

  test("none, or one that is kept in another way, is another one", () => {
    for (const verifier of [null, "", "md5abc"]) expect(isPasswordOf(verifier, "x")).toBe(false);
  });

  // RFC 7677 §3: user "user", password "pencil", from which these two keys follow.
  test("is kept as the RFC says", () =>
    expect(verifierOf("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"), 4096)).toBe(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    ));

  test("whatever it is, it is known again, and no other is taken for it", () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        fc.pre(one.normalize("NFKC") !== other.normalize("NFKC"));
        expect([isPasswordOf(verifierOf(one, undefined, 2), one), isPasswordOf(verifierOf(one, undefined, 2), other)]).toEqual([true, false]);
      }),
      { numRuns: 50 },
    ));
});

test.each([
  ["8000", "8s", true],
  ["8000ms", "8000", true],
  ["60000", "1min", true],
  ["8000", "8001", false],
  ['"auth"', "auth", true],
  ["auth, public", '"auth", "public"', true],
  ["auth", "auth, public", false],
  ["8s", "eight", false],
])("settings %s and %s are the same: %s", (left, right, same) => expect([sameSetting(left, right), sameSetting(right, left)]).toEqual([same, same]));
