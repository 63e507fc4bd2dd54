import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTables, ownerSql } from "../e2e/lib/clients.ts";
import { expectConverged, killAndRecover } from "../e2e/lib/killAndRecover.ts";
import { TestStack } from "../e2e/lib/testStack.ts";

const ONE = "projects:\n  - name: blog\n    architecture: shared\n";
const TWO = `${ONE}  - name: docs\n    architecture: shared\n`;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.create(ONE);
});

afterAll(async () => {
  await stack?.remove();
});

/** Logical names of what the next update would make or take away, in the order of its preview; components have no provider to interrupt. */
async function resources(op: string): Promise<string[]> {
  const steps = (await stack.preview()).filter((step) => step.op === op && !/\$?indie-ventures:|pulumi:pulumi:Stack|pulumi:providers:/.test(typeOf(step.urn)));
  return steps.map(({ urn }) => urn.split("::").at(-1)!);
}

const typeOf = (urn: string): string => urn.split("::")[2]!.split("$").at(-1)!;

// Killed at each is created anew by the next attempt, so that every resource of a server and of a project comes to its turn.
test("an update is killed at the creation of each resource", async () => {
  const created = await resources("create");
  expect(created.length).toBeGreaterThan(25);
  for (const resource of created) {
    // Some were made by the attempt before, beside the one that it was killed at.
    if ((await resources("create")).includes(resource)) await killAndRecover(stack, [{ resource, op: "create" }]);
  }
  await expectConverged(stack);
  const { blog } = await stack.outputs();
  await createTables(blog!);
  await ownerSql(blog!, "insert into hits (client) values ('before')");
});

test("an update is killed at the deletion of each resource of a project, and the other project does not notice", async () => {
  await stack.writeProjects(TWO);
  await expectConverged(stack);
  const { blog } = await stack.outputs();
  await stack.writeProjects(ONE);
  const deleted = await resources("delete");
  expect(deleted.length).toBeGreaterThan(10);
  for (const resource of deleted.toReversed()) {
    if ((await resources("delete")).includes(resource)) await killAndRecover(stack, [{ resource, op: "delete" }]);
  }
  await expectConverged(stack);
  expect((await stack.ours()).filter((name) => name.includes("docs"))).toEqual([]);
  expect((await stack.outputs()).blog).toEqual(blog);
  expect((await ownerSql(blog!, "select client from hits")).rows).toEqual([{ client: "before" }]);
});
