// The one way into SQL: identifiers and values of any kind reach a real Postgres as what they are, and a canary outlives them.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { startPostgres } from "../../../lab/standins/contract/restPostgres.ts";
import type { TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";
import { arrayLiteral } from "../../../lab/standins/rest/filterSql.ts";
import { castName, comma, ident, join, param, quoteIdentifier, sql, toQuery } from "../../../lab/standins/rest/sql.ts";
import type { Sql } from "../../../lab/standins/rest/sql.ts";

let postgres: TemporaryPostgres;
const run = (statement: Sql): Promise<Record<string, unknown>[]> => {
  const { text, values } = toQuery(statement);
  return postgres.sql(text, values);
};

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.sql("create table canary (alive boolean); insert into canary values (true)");
}, 60_000);

afterAll(async () => {
  await postgres?.stop();
});

const alive = async (): Promise<unknown> => (await postgres.sql("select alive from canary"))[0]!["alive"];

/** Text as it may come in a request: without NUL and lone surrogates, which UTF-8 and Postgres cannot hold. */
const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    '"; drop table canary; --', "'; drop table canary; --", "\\'; drop table canary; --", '" (x) values (1); delete from canary; --',
    "$1", "$$; drop table canary; $$", "/*", "--", "\\", '"', '""', "'", "E'\\x27'", "{", "}", '{"a,b"}', "NULL", "a\nb", "U&\"\\0022\"",
  ),
  fc.string({ unit: fc.constantFrom('"', "'", "\\", ";", "-", "$", "{", "}", ",", "(", ")", "\n", "a", "ü") }),
).map((text) => text.replaceAll("\0", ""));

/** Postgres cuts a name to 63 bytes; an empty one is its own syntax error. */
const anyName = anyText.filter((text) => text !== "" && Buffer.byteLength(text) < 64);

describe("SQL of the stand-in for PostgREST", () => {
  test("an identifier is that name and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        const rows = await run(sql`SELECT t.${ident(name)} FROM (SELECT 7 AS ${ident(name)}) t`);
        expect(rows).toEqual([{ [name]: 7 }]);
        expect(await alive()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("what comes after NUL in a name is cut off", () => {
    expect(quoteIdentifier('a"b\0"; drop table canary; --')).toBe('"a""b"');
  });

  test("a value is that value, and so is each of a list", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.array(anyText), async (value, list) => {
        const rows = await run(sql`SELECT ${param(value)}::text AS value, ${param(arrayLiteral(list))}::text[] AS list`);
        expect(rows).toEqual([{ value, list }]);
        expect(await alive()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("a cast lets through names of types only", () => {
    expect(toQuery(castName("double precision")).text).toBe("double precision");
    for (const bad of ["", "text); drop table canary; --", "int[]", "a.b", '"x"', "a'b"]) {
      expect(() => castName(bad)).toThrow("not a type name");
    }
  });

  test("parameters are numbered in order through nested fragments", () => {
    const inner = join([param("a"), param("b")], comma);
    expect(toQuery(sql`f(${inner}) ${ident("s", 'x"y')} ${param("c")}`)).toEqual({ text: 'f($1, $2) "s"."x""y" $3', values: ["a", "b", "c"] });
    expect(toQuery(join([], comma))).toEqual({ text: "", values: [] });
  });
});
