import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fileMistakes, migrationFiles, migrationsFolder, migrationsMistake, versionOf } from "../../../spec/migrations.ts";
import { load, reportOf, reportOnFields } from "./reportOf.ts";

const TEXT = `defaults: { architecture: shared, migrations: every/project }
projects:
  - name: blog
    migrations: ./supabase/blog/migrations
  - name: docs
`;

describe("the field", () => {
  test("a project has its folder's files in order, from where Pulumi.yaml is", () => {
    const folders = { "supabase/blog/migrations": ["20260102000000_b.sql", "20260101000000_a.sql", "README.md", ".hidden.sql", "seed"], "every/project": [] };
    expect(load(TEXT, { folders }).map(({ migrations }) => migrations)).toEqual([
      { folder: "supabase/blog/migrations", files: ["20260101000000_a.sql", "20260102000000_b.sql"] },
      { folder: "every/project", files: [] },
    ]);
    expect(load("projects: [{ name: blog, architecture: shared }]")[0]).not.toHaveProperty("migrations");
  });

  test("the path begins where projects.yaml is", () => {
    expect(migrationsFolder("projects.yaml", "./supabase")).toBe("supabase");
    expect(migrationsFolder("servers/eu/projects.yaml", "../blog/supabase/migrations")).toBe("servers/blog/supabase/migrations");
  });

  test("a folder that can not be read is said at the field, or at the default that it comes from", () => {
    expect(reportOf(TEXT)).toBe(`p.yaml:1:47  defaults  migrations: every/project can not be read (ENOENT) → make the folder, or mend the path: it begins where this file is
p.yaml:4:17  project "blog"  migrations: supabase/blog/migrations can not be read (ENOENT) → make the folder, or mend the path: it begins where this file is`);
  });

  test("the folder of a project on another server is not looked at", () => {
    const text = "projects: [{ name: blog, architecture: shared, server: prod, migrations: nowhere }]";
    expect(reportOf(text, { config: {} })).toBeUndefined();
  });

  test.each([
    ["migrations: ''", "4:17", "migrations is empty → write the folder's path, such as ./supabase/blog/migrations, or leave the field out"],
    ["migrations: /srv/blog", "4:17", "migrations must be a path from the folder of this file → such as ./supabase/blog/migrations"],
    ["migrations: ~/blog", "4:17", "migrations must be a path from the folder of this file → such as ./supabase/blog/migrations"],
    ['migrations: "C:\\\\blog"', "4:17", "migrations must be a path from the folder of this file → such as ./supabase/blog/migrations"],
    ['migrations: "a\\nb"', "4:17", "migrations has a line break or another control character → write the folder's path in one line"],
    ["migrations: 7", "4:17", "migrations must be a text, not a number → put it in quotes"],
  ])("%s is refused", (field, place, words) => {
    expect(reportOnFields(field)).toBe(`p.yaml:${place}  project "blog"  ${words}`);
  });

  test("names that leave something out, or the order open", () => {
    const folders = { here: ["9_b.sql", "10_a.sql", "notes.sql", "10_c.sql", "11_D.SQL", "12_\n.sql"] };
    expect(reportOnFields("migrations: here", { folders })).toMatchInlineSnapshot(`
"p.yaml:4:17  project "blog"  migrations: "11_D.SQL" in here has no name of a migration → <timestamp>_<name>.sql, such as 20260131120000_add_notes.sql
p.yaml:4:17  project "blog"  migrations: a file with a control character in its name in here has no name of a migration → <timestamp>_<name>.sql, such as 20260131120000_add_notes.sql
p.yaml:4:17  project "blog"  migrations: "notes.sql" in here has no name of a migration → <timestamp>_<name>.sql, such as 20260131120000_add_notes.sql
p.yaml:4:17  project "blog"  migrations: "10_c.sql" in here has the timestamp of "10_a.sql" → give it another one
p.yaml:4:17  project "blog"  migrations: "9_b.sql" in here has a timestamp of 1 digits, and "10_a.sql" one of 2 → as many digits in each, so that their order is plain"
`);
  });
});

describe("names of files", () => {
  const version = fc.stringMatching(/^\d{14}$/);
  const name = fc.stringMatching(/^[\w -]{1,20}$/);

  test("whatever is right is taken, in the order of its timestamps", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(version, name), { selector: ([digits]) => digits }), (all) => {
        const names = all.map(([digits, word]) => `${digits}_${word}.sql`);
        expect(fileMistakes(names, "here")).toEqual([]);
        expect(migrationFiles(names).map(versionOf)).toEqual(all.map(([digits]) => digits).sort());
      }),
    );
  });

  test("any name is a migration, or refused, or none that means one; and none has a control character", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string().map((text) => `20260101000000_${text}.sql`), fc.string().map((text) => `${text}.sql`)), (any) => {
        const taken = migrationFiles([any]);
        const mistakes = fileMistakes([any], "here");
        expect(taken.length + mistakes.length).toBe(/\.sql$/i.test(any) && !any.startsWith(".") ? 1 : 0);
        expect(taken.join("")).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(mistakes.join("")).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test("two of one timestamp are refused", () => {
    expect(fileMistakes(["20260101000000_b.sql", "20260101000000_a.sql"], "here")).toHaveLength(1);
  });

  test("no path with a control character is taken", () => {
    fc.assert(fc.property(fc.string(), (text) => expect(migrationsMistake(text) === undefined && /\p{Cc}/u.test(text)).toBe(false)));
  });
});
