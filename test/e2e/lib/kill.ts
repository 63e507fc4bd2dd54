import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestStack } from "./testStack.ts";

/** A step of an update, at whose start the CLI is killed. */
export interface Point {
  /** Logical name of the resource: the last part of its URN. */
  resource: string;
  op: "create" | "update" | "delete" | "replace";
  /** How long the step has run by then, in milliseconds. @default 0 */
  after?: number;
}

/** The part of an engine event that we look at (`--event-log`, one JSON object a line). */
interface EngineEvent {
  resourcePreEvent?: { metadata: { op: string; urn: string } };
}

/**
 * Runs `pulumi up` and kills its CLI with signal 9 when the engine reports that the step begins.
 * @throws when the update ended without coming to that step: a kill that did not happen proves nothing
 */
export async function killAt(stack: TestStack, point: Point): Promise<void> {
  const log = join(stack.directory, `events-${point.resource}-${point.op}.log`);
  const run = stack.pulumi(["up", "--yes", "--skip-preview", "--event-log", log], {
    env: { ...stack.env, PULUMI_STACK: stack.name, PULUMI_DEBUG_COMMANDS: "true" },
    reject: false,
  });
  let ended = false;
  void run.then(() => (ended = true));
  while (!(await hasBegun(log, point))) {
    if (ended) throw new Error(`the update ended without ${point.op} of ${point.resource}:\n${String((await run).all)}`);
    await sleep(5);
  }
  await sleep(point.after ?? 0);
  if (ended) throw new Error(`the update ended before it could be killed at ${point.op} of ${point.resource}`);
  run.kill("SIGKILL");
  await run;
}

async function hasBegun(log: string, { resource, op }: Point): Promise<boolean> {
  const text = await readFile(log, "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as EngineEvent).resourcePreEvent?.metadata)
    .some((metadata) => metadata !== undefined && metadata.op === op && metadata.urn.endsWith(`::${resource}`));
}
