import { describe, expect, test } from "@jest/globals";
import { shortened } from "../../../../components/migrations/push.ts";
import { conflictWords, failureWords, listed, previewWords, unknownWords } from "../../../../components/migrations/words.ts";

const FOLDER = "supabase/blog/migrations";
const FILES = ["20260103000000_three.sql", "20260104000000_four.sql"];
const SAID = 'ERROR: relation "nowhere" does not exist (SQLSTATE 42P01)\nAt statement: 2\ninsert into nowhere values (1)';
const of = (failure: Parameters<typeof failureWords>[2]["failure"], applied: string[] = []) => failureWords("blog", FOLDER, { attempt: "", applied, failure });

describe("the error that an update ends with", () => {
  test("a migration that failed: project, file, statement, what was and was not applied, what to do", () => {
    expect(of({ file: FILES[0]!, pending: FILES, said: SAID }, ["20260102000000_two.sql"])).toMatchInlineSnapshot(`
"project "blog": migration supabase/blog/migrations/20260103000000_three.sql failed.
Applied before it: 20260102000000_two.sql.
Not applied either: 20260104000000_four.sql.
  ERROR: relation "nowhere" does not exist (SQLSTATE 42P01)
  At statement: 2
  insert into nowhere values (1)
The project serves as before, and no other one was stopped by it. Mend it, and run the same command again (docs/migrations.md)."
`);
  });

  test("no connection", () => {
    expect(of({ pending: FILES, said: "failed to connect to postgres" })).toMatchInlineSnapshot(`
"project "blog": its migrations could not be applied.
Not applied: 20260103000000_three.sql, 20260104000000_four.sql.
  failed to connect to postgres
The project serves as before, and no other one was stopped by it. Mend it, and run the same command again (docs/migrations.md)."
`);
  });

  test("files that contradict the database", () => {
    expect(of({ conflict: { kind: "changed", files: [FILES[0]!] }, pending: [], said: "" })).toMatchInlineSnapshot(`
"project "blog": no migration was applied: what is in supabase/blog/migrations is another text than the one that was applied: 20260103000000_three.sql.
Put the file back as it was (git log supabase/blog/migrations), and write what is to change into a new migration.
The project serves as before, and no other one was stopped by it. Mend it, and run the same command again (docs/migrations.md)."
`);
    expect(conflictWords({ kind: "gone", files: FILES }, FOLDER)).toMatchInlineSnapshot(`
"the database has had migrations that supabase/blog/migrations has not: 20260103000000_three.sql, 20260104000000_four.sql.
Put the files back. One that somebody applied from elsewhere is had by: supabase migration fetch. One that is to be forgotten: supabase migration repair --status reverted <timestamp>."
`);
    expect(conflictWords({ kind: "too old", files: FILES }, FOLDER)).toMatchInlineSnapshot(`
"supabase/blog/migrations has migrations that are older than the newest applied one: 20260103000000_three.sql, 20260104000000_four.sql.
Give the files a newer timestamp, so that they come last here as everywhere."
`);
  });
});

describe("the words of a preview", () => {
  test("what waits, what would be refused, and what can not be seen", () => {
    expect(previewWords("blog", FOLDER, { pending: FILES })).toMatchInlineSnapshot(`
{
  "level": "info",
  "text": "2 migrations wait for this update, from supabase/blog/migrations:
  20260103000000_three.sql
  20260104000000_four.sql",
}
`);
    expect(previewWords("blog", FOLDER, { pending: FILES.slice(1) })?.text).toMatch(/^1 migration waits for this update/);
    expect(previewWords("blog", FOLDER, { pending: FILES, conflict: { kind: "too old", files: FILES.slice(1) } })).toMatchObject({ level: "warn" });
    expect(previewWords("blog", FOLDER, { pending: [] })).toBeUndefined();
    expect(unknownWords("blog", "Postgres did not answer within 30 seconds")).toMatchInlineSnapshot(`"project "blog": which migrations wait can not be seen now (Postgres did not answer within 30 seconds). The update looks again before it applies any."`);
  });
});

test("what a database's owner wrote begins no line, and moves no cursor", () => {
  const forged = "2026_\u001b[1A\n✓ all is well\r.sql";
  const words = [
    conflictWords({ kind: "gone", files: [forged] }, FOLDER).split("\n")[0]!,
    unknownWords("blog", forged),
    ...of({ pending: [], said: "ERROR: \tno\r\u001b[1A" }).split("\n").filter((line) => line.includes("ERROR")),
  ];
  expect(words).toEqual([
    expect.stringMatching(/: 2026_\\u\{1b\}\[1A\\u\{a\}✓ all is well\\u\{d\}\.sql\.$/),
    expect.stringContaining("\\u{1b}[1A\\u{a}✓"),
    "  ERROR: \tno\\u{d}\\u{1b}[1A",
  ]);
});

test("long lists and long statements are cut", () => {
  const many = Array.from({ length: 12 }, (_, index) => `${index}_a.sql`);
  expect(listed(many)).toBe("0_a.sql, 1_a.sql, 2_a.sql, 3_a.sql, 4_a.sql, 5_a.sql, 6_a.sql and 5 more");
  expect(shortened("x".repeat(5000))).toMatch(/^x{3000}… \(2000 more characters\)$/);
  expect(shortened("short")).toBe("short");
});
