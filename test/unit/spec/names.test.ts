import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { databaseName, NAME_PATTERN, nameMistake, roleNames } from "../../../spec/names.ts";

const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz");
const inner = fc.constantFrom(..."abcxyz0189---");
/** Names of every kind that the rule allows, and near each other: words of roles are among them. */
const validName = fc
  .oneof(
    fc.tuple(letter, fc.array(inner, { minLength: 1, maxLength: 18 })).map(([first, rest]) => first + rest.join("")),
    fc
      .array(fc.constantFrom("a", "blog", "auth", "admin", "storage", "owner", "realtime", "authenticator", "pg", "x1"), { minLength: 1, maxLength: 4 })
      .map((words) => words.join("-")),
  )
  .filter((name) => nameMistake(name) === undefined);

/** Two names that differ in a dash, a letter or a word at most. */
const neighbours = fc.tuple(validName, fc.nat(18), fc.constantFrom("-", "", "a", "-owner", "-auth")).map(([name, at, between]) => [name, name.slice(0, at) + between + name.slice(at)] as const);
const pair = fc.oneof(neighbours, fc.tuple(validName, validName)).filter(([left, right]) => left !== right && nameMistake(right) === undefined);

const everyName = (name: string) => [databaseName(name), ...Object.values(roleNames(name))];

describe("names that are allowed", () => {
  test.each(["abc", "a-b", "blog", "blog2", "b-2", "a".repeat(19), "my-blog-of-everyday", "pgx", "post", "template2", "anonymous"])("%s", (name) => {
    expect(nameMistake(name)).toBeUndefined();
  });
});

const RULE = "breaks the rule: 3 to 19 small letters, digits and single dashes, a letter first, no dash last";

describe("names that the rule refuses", () => {
  test.each([
    ["My_Blog", "for example my-blog"],
    ["my_blog", "for example my-blog"],
    ["-blog", "for example blog"],
    ["blog-", "for example blog"],
    ["bl--og", "for example bl-og"],
    ["2blog", "for example blog"],
    ["blög", "for example bl-g"],
    ["bl og", "for example bl-og"],
    ["a".repeat(20), `for example ${"a".repeat(19)}`],
    ["ab", "choose another name"],
    ["", "choose another name"],
    ["PG_x", "choose another name"],
    ["12", "choose another name"],
  ])("%s", (name, how) => {
    expect(nameMistake(name)).toBe(`${JSON.stringify(name)} ${RULE} → ${how}`);
  });

  test("what a terminal would obey is not repeated to it", () => {
    expect(nameMistake("a\u001b[31mb\u202e")).toBe(`"a\\u001b[31mb\\u202e" ${RULE} → for example a-31mb`);
  });
});

describe("names that are refused though the rule allows them", () => {
  const IMAGE = (role: string) => `the Postgres image has a role or a database ${role}`;
  const SERVER = "it is a word of the server itself";
  const SUPABASE = "names that begin with supabase are the image's own roles and databases";
  test.each([
    ["postgres", IMAGE("postgres")],
    ["template0", IMAGE("template0")],
    ["template1", IMAGE("template1")],
    ["anon", IMAGE("anon")],
    ["authenticated", IMAGE("authenticated")],
    ["authenticator", IMAGE("authenticator")],
    ["service-role", IMAGE("service_role")],
    ["dashboard-user", IMAGE("dashboard_user")],
    ["pgbouncer", IMAGE("pgbouncer")],
    ["supabase", SUPABASE],
    ["supabase-admin", SUPABASE],
    ["supabase-auth-admin", SUPABASE],
    ["supabase2", SUPABASE],
    ["pg-monitor", "Postgres keeps names that begin with pg_ for itself"],
    ["realtime", SERVER],
    ["storage", SERVER],
    ["api", SERVER],
    ["studio", SERVER],
    ["www", SERVER],
    ["localhost", SERVER],
  ])("%s", (name, why) => {
    expect(name).toMatch(NAME_PATTERN);
    expect(nameMistake(name)).toBe(`"${name}" is refused: ${why} → choose another name`);
  });
});

describe("databases and roles", () => {
  test("of a project", () => {
    expect(databaseName("my-blog")).toBe("my_blog");
    expect(roleNames("my-blog")).toEqual({
      owner: "my_blog_owner",
      authenticator: "my_blog_authenticator",
      authAdmin: "my_blog_auth_admin",
      storageAdmin: "my_blog_storage_admin",
      realtime: "my_blog_realtime",
    });
  });

  test("of two projects are never the same", () => {
    fc.assert(
      fc.property(pair, ([left, right]) => {
        // Databases and roles are two kinds of names to Postgres: a database blog_owner may be beside blog's role blog_owner.
        expect(databaseName(left)).not.toBe(databaseName(right));
        const roles = Object.values(roleNames(left));
        expect(Object.values(roleNames(right)).filter((role) => roles.includes(role))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test("are names that Postgres takes as they are, whole and without quotes", () => {
    fc.assert(
      fc.property(fc.oneof(validName, fc.constant("a".repeat(19))), (name) => {
        for (const each of everyName(name)) {
          expect(each).toMatch(/^[a-z][a-z0-9_]*$/);
          expect(Buffer.byteLength(each)).toBeLessThanOrEqual(63);
          expect(each).not.toMatch(/^pg_/);
        }
        // facts/tenancy.md §1.7.6
        expect(`supabase_realtime_messages_replication_slot_${databaseName(name)}`.length).toBeLessThanOrEqual(63);
      }),
    );
  });

  test("are none of the image's", () => {
    const image = ["postgres", "template0", "template1", "anon", "authenticated", "service_role", "authenticator", "dashboard_user", "pgbouncer"];
    const isImages = (name: string) => image.includes(name) || name.startsWith("supabase_");
    fc.assert(fc.property(validName, (name) => expect(everyName(name).filter(isImages)).toEqual([])));
  });

  test("a name that is proposed is allowed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
        const proposed = / → for example (.*)$/.exec(nameMistake(text) ?? "")?.[1];
        if (proposed !== undefined) expect(nameMistake(proposed)).toBeUndefined();
      }),
    );
  });
});
