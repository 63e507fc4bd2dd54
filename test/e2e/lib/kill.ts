import { execa } from "execa";
import { once } from "node:events";
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
  /** A statement of the step, which is then held up by a lock on the catalog that it writes, and is under way at the kill. */
  within?: { statement: "CREATE ROLE" | "CREATE DATABASE"; catalog: "pg_authid" | "pg_database" };
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
  const release = point.within && (await hold(stack, `LOCK TABLE pg_catalog.${point.within.catalog} IN SHARE MODE`));
  const log = join(stack.directory, `events-${point.resource}-${point.op}.log`);
  const run = stack.pulumi(["up", "--yes", "--skip-preview", "--event-log", log], {
    env: { ...stack.env, PULUMI_STACK: stack.name, PULUMI_DEBUG_COMMANDS: "true" },
    reject: false,
  });
  let ended = false;
  void run.then(() => (ended = true));
  const until = async (reached: () => Promise<boolean>, milliseconds: number) => {
    while (!(await reached())) {
      if (ended) throw new Error(`the update ended without ${point.op} of ${point.resource}:\n${String((await run).all)}`);
      await sleep(milliseconds);
    }
  };
  await until(() => hasBegun(log, point), 5);
  if (point.within) await until(() => isWaiting(stack, point.within!.statement), 100);
  await sleep(point.after ?? 0);
  if (ended) throw new Error(`the update ended before it could be killed at ${point.op} of ${point.resource}`);
  run.kill("SIGKILL");
  await run;
  await release?.();
}

/** Keeps the locks that a statement takes until the returned function is called. */
export async function hold(stack: TestStack, statement: string): Promise<() => Promise<void>> {
  const psql = ["psql", "-X", "-q", "-A", "-t", "-U", "supabase_admin", "-d", "postgres"];
  const session = execa("docker", ["exec", "-i", `iv-${stack.name}-postgres`, ...psql], { stdin: "pipe" });
  session.stdin.write(`BEGIN; ${statement}; SELECT 'held';\n`);
  await Promise.race([once(session.stdout, "data"), session]);
  return async () => {
    session.stdin.end();
    await session;
  };
}

/** Until a session waits for one. @param which of them: a condition on pg_stat_activity */
export async function waitsForLock(stack: TestStack, which: string): Promise<void> {
  const query = `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and ${which}`;
  while ((await stack.sql("postgres", query)).trim() === "0") await sleep(50);
}

async function isWaiting(stack: TestStack, statement: string): Promise<boolean> {
  const waiting = `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ilike '${statement}%'`;
  return (await stack.sql("postgres", waiting)).trim() !== "0";
}

/** Whether the update that writes the event log has come to the step. */
export async function hasBegun(log: string, { resource, op }: Point): Promise<boolean> {
  const text = await readFile(log, "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as EngineEvent).resourcePreEvent?.metadata)
    .some((metadata) => metadata !== undefined && metadata.op === op && metadata.urn.endsWith(`::${resource}`));
}
