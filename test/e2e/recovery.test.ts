import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { expectConverged, killAndRecover } from "./lib/killAndRecover.ts";
import { TestStack } from "./lib/testStack.ts";

const ONE = "projects:\n  - name: blog\n    architecture: shared\n";
const TWO = `${ONE}  - name: docs\n    architecture: shared\n`;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.create(ONE);
});

afterAll(async () => {
  await stack?.remove();
});

// At each resource: test/long. One story: each part begins where the one before it left the server, as it would be for a person.
test("an update is killed at one step after the other, and the next one goes on each time", async () => {
  const first = await killAndRecover(stack, [{ resource: "postgres", op: "create", after: 1_500 }]);
  expect(first.length).toBeGreaterThan(0);
  await expectConverged(stack);
  const { blog } = await stack.outputs();
  await createTables(blog!);
  await ownerSql(blog!, "insert into hits (client) values ('before')");

  await stack.writeProjects(TWO);
  const second = await killAndRecover(stack, [
    { resource: "docs-authenticator", op: "create", within: { statement: "CREATE ROLE", catalog: "pg_authid" } },
    { resource: "docs", op: "create", within: { statement: "CREATE DATABASE", catalog: "pg_database" } },
    { resource: "docs-auth", op: "create", after: 500 },
  ]);
  expect(second.join("\n")).toMatch(/docs \(interrupted while creating\): it was made and holds data/);
  await expectConverged(stack);
  const { docs } = await stack.outputs();
  await createTables(docs!);
  expect((await supabase(docs!.url, docs!.anonKey).auth.signUp({ email: "ann@example.com", password: "correct horse" })).error).toBeNull();

  await stack.writeProjects(ONE);
  await killAndRecover(stack, [{ resource: "docs", op: "delete" }]);
  await expectConverged(stack);
  expect((await stack.ours()).filter((name) => name.includes("docs"))).toEqual([]);
  expect(await stack.sql("postgres", "select datname from pg_database where datname = 'docs'")).toBe("");

  expect((await stack.outputs()).blog).toEqual(blog);
  expect((await ownerSql(blog!, "select client from hits")).rows).toEqual([{ client: "before" }]);
});
