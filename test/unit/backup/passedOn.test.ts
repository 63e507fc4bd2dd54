import { describe, expect, test } from "@jest/globals";
import type pg from "pg";
import { type PassedOn, renderPassedOn, restorePassedOn } from "../../../images/backup/passedOn.ts";

const grant: PassedOn = { kind: "schema", object: "vault", grantor: "blog_owner", grantee: "authenticated", privilege: "USAGE", grantable: false };

/** What a client is asked, where Postgres says `"th e"` is the name. */
async function asked(grants: PassedOn[]): Promise<unknown[][]> {
  const queries: unknown[][] = [];
  const query = async (...words: unknown[]) => (queries.push(words), { rows: [{ name: '"th e"' }] });
  await restorePassedOn({ query } as unknown as pg.Client, grants, ["blog_owner"]);
  return queries;
}

describe("a grant that was passed on", () => {
  test("is made by who passed it on, on what Postgres says is meant", async () => {
    expect(await asked([{ ...grant, object: "the" }])).toEqual([
      ["select $1::regnamespace::text as name", ["the"]],
      ['begin; set local role "blog_owner"; grant USAGE on schema "th e" to "authenticated"; reset role; commit'],
    ]);
  });

  test("of a column, to all, to be passed on again", () => {
    const column = { ...grant, kind: "table", object: "vault.secrets", column: 'na"me', grantee: "public", privilege: "SELECT", grantable: true };
    expect(renderPassedOn(column)).toBe('set local role "blog_owner"; grant SELECT ("na""me") on table vault.secrets to public with grant option; reset role;');
  });

  test.each([
    [{ ...grant, grantor: "supabase_admin" }],
    [{ ...grant, grantor: "docs_owner" }],
    [{ ...grant, kind: "database" }],
    [{ ...grant, privilege: "USAGE on schema vault to anon; drop role docs_owner; grant USAGE" }],
  ])("is refused where it is none of the project's: %j", async (each) => {
    await expect(asked([each])).rejects.toThrow("The backup is refused: it holds a grant that is none of the project's");
  });
});
