import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import pg from "pg";
import { identifier, literal, upstreamLiteral } from "../../../lab/engine/plugins/postgresql/quote.ts";
import { startPostgres } from "./postgresServer.ts";
import type { TestPostgres } from "./postgresServer.ts";

jest.setTimeout(120_000); // initdb on a machine that does other things too.

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const fragments = ["'", '"', "\\", "';", '";', "--", "/*", "$$", " DROP TABLE canary; ", "\n", "é", "😀", "E'", "x"];
const hostile = fc.array(fc.constantFrom(...fragments), { maxLength: 6 }).map((parts) => parts.join(""));

test.each(["on", "off"])("a value and a name come back as they were and run nothing (standard_conforming_strings %s)", async (conforming) => {
  const client = new pg.Client({ host: "127.0.0.1", port: postgres.port, user: "postgres", password: postgres.password });
  await client.connect();
  await client.query(`CREATE TABLE canary (); SET standard_conforming_strings = ${conforming}; SET escape_string_warning = off`);
  const property = fc.asyncProperty(hostile, hostile, async (value, text) => {
    const name = `n${text}`.slice(0, 20);
    const { rows, fields } = await client.query(`SELECT ${literal(value)} AS ${identifier(name)}, to_regclass('canary') IS NOT NULL AS alive`);
    expect({ value: rows[0][name], name: fields[0]?.name, alive: rows[0].alive }).toEqual({ value, name, alive: true });
  });
  await fc.assert(property, { numRuns: 60 });
  await client.query("DROP TABLE canary");
  await client.end();
});

test("NUL is refused, and a backslash where upstream would double it", () => {
  expect(() => identifier("a\0b")).toThrow("NUL");
  expect(() => literal("a\0b")).toThrow("NUL");
  expect(() => upstreamLiteral("a\\b", "password")).toThrow("lab postgresql: password holds a backslash");
  expect(upstreamLiteral("a'b", "password")).toBe("'a''b'");
});
