import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareHistory, isWrittenAs, parseHistory } from "../../../../components/migrations/history.ts";

const ONE = { file: "1_one.sql", text: "create table one ();\n" };
const TWO = { file: "2_two.sql", text: "create table two ();\n" };
const THREE = { file: "3_three.sql", text: "create table three ();\n" };
const row = ({ file, text }: typeof ONE) => ({ version: file[0]!, name: file.slice(2, -4), statements: [text.trim().slice(0, -1)] });

describe("files beside the database", () => {
  test("what was not applied waits, in order", () => {
    expect(compareHistory([ONE, TWO, THREE], [])).toEqual({ pending: ["1_one.sql", "2_two.sql", "3_three.sql"] });
    expect(compareHistory([ONE, TWO, THREE], [row(ONE)])).toEqual({ pending: ["2_two.sql", "3_three.sql"] });
    expect(compareHistory([ONE], [row(ONE)])).toEqual({ pending: [] });
    expect(compareHistory([], [])).toEqual({ pending: [] });
  });

  test("a file that was changed after it was applied", () => {
    expect(compareHistory([{ ...ONE, text: "create table other ();" }, TWO], [row(ONE)])).toEqual({ pending: ["2_two.sql"], conflict: { kind: "changed", files: ["1_one.sql"] } });
  });

  test("one that is gone", () => {
    expect(compareHistory([TWO], [row(ONE), row(TWO)])).toEqual({ pending: [], conflict: { kind: "gone", files: ["1_one.sql"] } });
    expect(compareHistory([], [{ version: "1", name: null, statements: null }]).conflict).toEqual({ kind: "gone", files: ["1_.sql"] });
  });

  test("one that is older than the newest applied one", () => {
    expect(compareHistory([ONE, TWO, THREE], [row(TWO)])).toEqual({ pending: ["1_one.sql", "3_three.sql"], conflict: { kind: "too old", files: ["1_one.sql"] } });
  });

  test("of what has no statements noted nobody can say that it was changed", () => {
    expect(compareHistory([ONE], [{ version: "1", name: "one", statements: null }])).toEqual({ pending: [] });
  });

  test("what waits and what was applied are all files, and there is no conflict where the first ones are applied", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 10_000, max: 99_999 }), { maxLength: 20 }), fc.nat(20), (versions, count) => {
        const local = versions.sort().map((version) => ({ file: `${version}_x.sql`, text: `select ${version};` }));
        const applied = local.slice(0, count).map(({ file, text }) => ({ version: file.slice(0, 5), name: "x", statements: [text.slice(0, -1)] }));
        expect(compareHistory(local, applied)).toEqual({ pending: local.slice(count).map(({ file }) => file) });
      }),
    );
  });
});

describe("whether a file is what was applied", () => {
  // What the supabase CLI 3.1.0 noted of this file.
  const TEXT = `-- a comment first
create table public.two (id int primary key); -- a trailing one

/* block */
insert into two values (1);;
create function f() returns int language plpgsql as $$ begin return 1; end; $$;
  -- last comment
`;
  const NOTED = [
    "-- a comment first\ncreate table public.two (id int primary key)",
    "-- a trailing one\n\n/* block */\ninsert into two values (1)",
    "create function f() returns int language plpgsql as $$ begin return 1; end; $$",
    "-- last comment",
  ];

  test("it is; with other line ends between statements, and a byte order mark, too", () => {
    expect(isWrittenAs(TEXT, NOTED)).toBe(true);
    expect(isWrittenAs("\ufeffcreate table four (id int);\r\n\r\ninsert into four values (1);\r\n", ["create table four (id int)", "insert into four values (1)"])).toBe(true);
    expect(isWrittenAs("", [])).toBe(true);
  });

  test("it is not when a statement was added, taken out, changed, or moved", () => {
    expect(isWrittenAs(`${TEXT}drop table two;`, NOTED)).toBe(false);
    expect(isWrittenAs(`select 1; ${TEXT}`, NOTED)).toBe(false);
    expect(isWrittenAs(TEXT.replace("insert into two values (1);", ""), NOTED)).toBe(false);
    expect(isWrittenAs(TEXT.replace("(1)", "(2)"), NOTED)).toBe(false);
    expect(isWrittenAs("b; a;", ["a", "b"])).toBe(false);
    expect(isWrittenAs("select 1;", [])).toBe(false);
  });

  test("whatever the statements are, the file that they make is theirs, and with a word more is not", () => {
    const statement = fc.stringMatching(/^[a-z][a-z0-9 ;$'"()-]{0,30}[a-z0-9)]$/);
    fc.assert(
      fc.property(fc.array(statement), fc.constantFrom(";\n", " ;; ", ";\r\n\r\n"), (statements, between) => {
        const text = statements.map((each) => each + between).join("");
        expect(isWrittenAs(text, statements)).toBe(true);
        expect(isWrittenAs(`${text}\nX`, statements)).toBe(false);
      }),
    );
  });
});

test("a table that is not the CLI's is refused", () => {
  expect(parseHistory('[{"version":"1","name":null,"statements":["select 1"]}]')).toHaveLength(1);
  for (const text of ["", "{}", '[{"version":1}]', '[{"version":"1","name":"a","statements":"x"}]']) expect(() => parseHistory(text)).toThrow();
});
