import { recover } from "../../../cli/recover.ts";
import { reporter } from "../../../cli/report.ts";
import { runner } from "../../../cli/run.ts";
import { join } from "node:path";
import { killAt, type Point } from "./kill.ts";
import type { TestStack } from "./testStack.ts";

/**
 * Kills an update at each point, one after the other, and puts in order what each left, as `npm run up` does.
 * @returns what recovery said
 * @throws where an operation is still pending after it
 */
export async function killAndRecover(stack: TestStack, points: Point[]): Promise<string[]> {
  const said: string[] = [];
  for (const point of points) {
    await killAt(stack, point);
    said.push(...(await putInOrder(stack)));
    const pending = await pendingOperations(stack);
    if (pending.length > 0) throw new Error(`after ${point.op} of ${point.resource}: ${JSON.stringify(pending)} in spite of\n${said.join("\n")}`);
  }
  return said;
}

/** What `npm run up` does before its `pulumi up`. @returns what it said */
export async function putInOrder(stack: TestStack, isEmptyServer = false): Promise<string[]> {
  const said: string[] = [];
  // Copies of the state that it makes are beside the stack, not at home.
  const env = { ...process.env, ...stack.env, XDG_STATE_HOME: join(stack.directory, "copies") };
  await recover({ report: reporter((line) => said.push(line)), run: runner(stack.directory, env), env, stack: stack.name, isEmptyServer });
  return said;
}

async function pendingOperations(stack: TestStack): Promise<unknown[]> {
  const { stdout } = await stack.pulumi(["stack", "export"]);
  return (JSON.parse(String(stdout)) as { deployment: { pending_operations?: unknown[] } }).deployment.pending_operations ?? [];
}

/** An update makes what is missing, and then there is nothing to do. */
export async function expectConverged(stack: TestStack): Promise<void> {
  await stack.up();
  await stack.pulumi(["preview", "--expect-no-changes"]);
}
