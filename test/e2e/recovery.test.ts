import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { recover } from "../../cli/recover.ts";
import { reporter } from "../../cli/report.ts";
import { runner } from "../../cli/run.ts";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { killAt, type Point } from "./lib/kill.ts";
import { TestStack } from "./lib/testStack.ts";

const ONE = "projects:\n  - name: blog\n    architecture: shared\n";
const TWO = `${ONE}  - name: docs\n    architecture: shared\n`;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.create(ONE);
}, 600_000);

afterAll(async () => {
  await stack?.remove();
}, 120_000);

/** Kills an update at each point, one after the other, and puts in order what each left. */
async function killAndRecover(points: Point[]): Promise<string[]> {
  const said: string[] = [];
  for (const point of points) {
    await killAt(stack, point);
    const env = { ...process.env, ...stack.env };
    await recover({ report: reporter((line) => said.push(line)), run: runner(stack.directory, env), env, stack: stack.name });
    expect(await pendingOperations()).toEqual([]);
  }
  return said;
}

async function pendingOperations(): Promise<unknown[]> {
  const { stdout } = await stack.pulumi(["stack", "export"]);
  return (JSON.parse(String(stdout)) as { deployment: { pending_operations?: unknown[] } }).deployment.pending_operations ?? [];
}

async function expectConverged(): Promise<void> {
  await stack.up();
  await stack.pulumi(["preview", "--expect-no-changes"]);
}

// One story: each part begins where the one before it left the server, as it would be for a person.
test("an update is killed at one step after the other, and the next one goes on each time", async () => {
  const first = await killAndRecover([
    { resource: "plane", op: "create" },
    { resource: "postgres", op: "create", after: 1_500 },
    { resource: "template", op: "create", after: 300 },
  ]);
  expect(first.length).toBeGreaterThan(0);
  await expectConverged();
  const { blog } = await stack.outputs();
  await createTables(blog!);
  await ownerSql(blog!, "insert into hits (client) values ('before')");

  await stack.writeProjects(TWO);
  const second = await killAndRecover([
    { resource: "docs-authenticator", op: "create", within: { statement: "CREATE ROLE", catalog: "pg_authid" } },
    { resource: "docs", op: "create", within: { statement: "CREATE DATABASE", catalog: "pg_database" } },
    { resource: "docs-tenancy", op: "create" },
    { resource: "docs-auth", op: "create", after: 500 },
    { resource: "docs-fragment", op: "create", after: 100 },
  ]);
  expect(second.join("\n")).toMatch(/docs \(interrupted while creating\): it was made and holds data/);
  await expectConverged();
  const { docs } = await stack.outputs();
  await createTables(docs!);
  expect((await supabase(docs!.url, docs!.anonKey).auth.signUp({ email: "ann@example.com", password: "correct horse" })).error).toBeNull();

  await stack.writeProjects(ONE);
  await killAndRecover([
    { resource: "docs-fragment", op: "delete" },
    { resource: "docs", op: "delete" },
  ]);
  await expectConverged();
  expect((await stack.ours()).filter((name) => name.includes("docs"))).toEqual([]);
  expect(await stack.sql("postgres", "select datname from pg_database where datname = 'docs'")).toBe("");

  expect((await stack.outputs()).blog).toEqual(blog);
  expect((await ownerSql(blog!, "select client from hits")).rows).toEqual([{ client: "before" }]);
}, 1_800_000);
