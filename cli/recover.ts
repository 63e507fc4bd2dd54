import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fixedName } from "../components/ours.ts";
import { backendFolder, locksFolder } from "./backend.ts";
import { finishFirst } from "./interrupt.ts";
import { isAbandoned, type Lock, parseLock, renderHeldLock } from "./locks.ts";
import { settleLostServer } from "./lostServer.ts";
import { endOrphans, waitForExecs } from "./orphans.ts";
import { decide, type Decision, edit, type Export, type Found, type Operation, type Outside, outside, type Resource, resourceName } from "./pendingOperations.ts";
import { psql } from "./psql.ts";
import { Interrupted, type Report, Stop } from "./report.ts";
import { lastWords, type Run, succeeded } from "./run.ts";
import { type Pulumi, pulumi } from "./steps/stack.ts";
import { takeBack } from "./takenOut.ts";

export interface RecoverArgs extends Pulumi {
  report: Report;
  /** A person has said that the server is lost and this engine is a new one. @default false */
  isEmptyServer?: boolean;
  /** The stack's setting. @default local */
  backupRepository?: string;
  /** Ends what the dead CLI left running on this computer. @default its plugins */
  endOrphans?: (report: Report) => Promise<void>;
}

/** A `CREATE DATABASE` of a large template takes a few seconds (facts/engine.md); it goes on when its client is gone. */
const QUIET_SECONDS = 60;
/** The first boot of a Postgres runs all of the image's scripts; to stop it in between would leave a data folder that never boots. */
const SETTLE_SECONDS = 180;

/**
 * What a killed update left behind, or who took a database out of the state, is put in order, so that the next update can simply go on. Does
 * nothing after a good one. Ctrl-C waits for its end, or it would be half done twice.
 *
 * @throws Interrupted after Ctrl-C
 */
export async function recover(args: RecoverArgs): Promise<void> {
  const { isInterrupted } = await finishFirst(() => putInOrder(args), args.report.line);
  if (isInterrupted) throw new Interrupted("The update was not begun, and nothing is half done: run the same command again.");
}

async function putInOrder(args: RecoverArgs): Promise<void> {
  const cancelled = await cancelAbandonedLock(args);
  const found: Export = JSON.parse(await pulumi(args, ["stack", "export"]));
  const exported = await settleLostServer({ ...args, isEmptyServer: args.isEmptyServer ?? false }, found);
  const operations = exported.deployment.pending_operations ?? [];
  if (operations.length > 0) await args.report.step(() => settle(args, exported, operations));
  else if (cancelled) args.report.line("the killed update left nothing half done");
  const settled: Export = operations.length > 0 ? JSON.parse(await pulumi(args, ["stack", "export"])) : exported;
  await takeBack({ ...args, findInPostgres: (kind, names) => findInPostgres(args, kind, names) }, settled);
}

/** Of the names those that are there; none where Postgres does not answer: then the update says what is wrong. */
async function findInPostgres(args: RecoverArgs, kind: "role" | "database", names: string[]): Promise<string[]> {
  const found: string[] = [];
  try {
    for (const name of names) if (await ask(args, kind, name)) found.push(name);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return found;
}

/** Of a state in a folder; elsewhere nobody tells. @throws Stop where one does not say whose it is */
export function locks({ env, stack }: Pick<Pulumi, "env" | "stack">): Lock[] {
  const backend = backendFolder(env.PULUMI_BACKEND_URL);
  const folder = backend === undefined ? undefined : locksFolder(backend, stack);
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(folder, name))
    .map((file) => {
      const lock = parseLock(file, readFileSync(file, "utf8"));
      if (!lock) throw new Stop(`The stack "${stack}" is locked, and the lock does not say by whom: ${file}
If no update is under way: source .indie/env && pulumi cancel --stack ${stack}, then run this again.`);
      return lock;
    });
}

/** A process id may have been given to another program since; a zombie waits for its parent only. */
function isPulumiAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return true;
  const text = readFileSync(status, "utf8");
  return /^Name:\s+pulumi/m.test(text) && !/^State:\s+Z/m.test(text);
}

/** @throws Stop where somebody may still hold it */
async function cancelAbandonedLock(args: RecoverArgs): Promise<boolean> {
  const found = locks(args);
  const held = found.find((lock) => !isAbandoned(lock, hostname(), isPulumiAlive));
  if (held) throw new Stop(renderHeldLock(held, args.stack));
  if (found.length === 0) return false;
  args.report.line(`an update was killed (process ${found.map((lock) => lock.pid).join(", ")}): its lock is taken away`);
  await pulumi(args, ["cancel", "--yes"]);
  return true;
}

async function settle(args: RecoverArgs, exported: Export, operations: Operation[]) {
  const { report } = args;
  await (args.endOrphans ?? endOrphans)(report);
  await waitForExecs(args);
  const known = exported.deployment.resources ?? [];
  const decided: { operation: Operation; decision: Decision }[] = [];
  for (const operation of operations) {
    const wanted = outside(operation.resource);
    const decision = decide(operation, wanted, await look(args, operation, wanted), known);
    report.line(`${resourceName(operation.resource.urn)} (interrupted while ${operation.type}): ${decision.why}`);
    decided.push({ operation, decision });
  }
  const stuck = decided.filter(({ decision }) => decision.do === "stop");
  if (stuck.length > 0) throw new Stop(`Nothing was changed: ${stuck.map(({ operation, decision }) => `${operation.resource.urn}: ${decision.why}`).join("\n")}`);
  for (const { operation, decision } of decided) if (decision.do === "remove") await remove(args, operation.resource, decision.id);
  await pulumi(args, ["stack", "import"], JSON.stringify(edit(exported, decided)));
  await refresh(args, decided.filter(({ decision }) => decision.do === "adopt").map(({ operation }) => operation.resource.urn));
  return { says: `recovered from a killed update: ${operations.length} operation${operations.length === 1 ? "" : "s"}`, result: undefined };
}

/**
 * The provider's own words about what was taken into the state. It runs the program, which may have a mistake in it by now; that is
 * then said by the update, and nothing is lost: the resource is in the state already. (`refresh --import-pending-creates` of 3.259
 * drops the operation and imports nothing: measured.)
 */
async function refresh(args: RecoverArgs, urns: string[]): Promise<void> {
  if (urns.length === 0) return;
  const ran = await args.run("pulumi", ["refresh", "--yes", "--skip-preview", "--stack", args.stack, "--non-interactive", ...urns.flatMap((urn) => ["--target", urn])]);
  if (!succeeded(ran)) args.report.line("the provider could not be asked about it yet: the next `pulumi refresh` does");
}

async function look(args: RecoverArgs, { type, resource }: Operation, wanted: Outside): Promise<Found> {
  if (type === "updating" || wanted.kind === "nothing" || wanted.kind === "unknown") return { there: false };
  if (wanted.kind === "role" || wanted.kind === "database") return lookInPostgres(args, wanted.kind, wanted.name);
  // What is to be deleted is known by its id: its name may be its successor's by now.
  return lookInDocker(args.run, wanted.kind, type === "deleting" ? (resource.id ?? wanted.name) : wanted.name);
}

async function lookInDocker(run: Run, kind: "container" | "network" | "volume", name: string): Promise<Found> {
  const ran = await run("docker", [kind, "inspect", "--format", "{{json .}}", "--", name]);
  if (/no such|not found/i.test(ran.stderr)) return { there: false };
  if (!succeeded(ran)) throw new Stop(`Docker does not tell whether ${kind} ${name} is there:\n${lastWords(ran, 3)}`);
  const object = JSON.parse(ran.stdout);
  const labels: Record<string, string> = (kind === "container" ? object.Config.Labels : object.Labels) ?? {};
  return {
    there: true,
    id: kind === "volume" ? object.Name : object.Id,
    stack: labels["indie-ventures.stack"],
    stateId: labels["indie-ventures.state"],
  };
}

const QUERIES = {
  role: "SELECT 1 FROM pg_roles WHERE rolname = :'name';",
  database: "SELECT 1 FROM pg_database WHERE datname = :'name';",
  // Of a killed client: Postgres ends a statement first and looks for its client then.
  busy: "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename = current_user AND state = 'active' AND pid <> pg_backend_pid();",
};

async function ask({ run, stack }: RecoverArgs, query: keyof typeof QUERIES, name = ""): Promise<boolean> {
  const ran = await psql({ run, stack, sql: QUERIES[query], variables: { name } });
  const container = fixedName(stack, "postgres");
  if (!succeeded(ran)) throw new Stop(`Postgres (container ${container}) does not answer, and without it the interrupted update can not be put in order:\n${lastWords(ran, 3)}`);
  return ran.stdout.trim() !== "";
}

async function lookInPostgres(args: RecoverArgs, kind: "role" | "database", name: string): Promise<Found> {
  for (let second = 0; second < QUIET_SECONDS && (await ask(args, "busy")); second++) await sleep(1000);
  return (await ask(args, kind, name)) ? { there: true, id: name } : { there: false };
}

/** Whether a container with data is still on its way up. One without a health check never is, and one without data may go as it is. */
async function isStarting(run: Run, id: string): Promise<boolean> {
  const ran = await run("docker", ["container", "inspect", "--format", "{{.State.Running}} {{with .State.Health}}{{.Status}}{{end}} {{len .Mounts}}", id]);
  return /^true starting [1-9]/.test(ran.stdout);
}

async function remove({ run, report }: RecoverArgs, resource: Resource, id: string): Promise<void> {
  const { kind } = outside(resource);
  const name = resourceName(resource.urn);
  if (kind === "container") {
    for (let second = 0; second < SETTLE_SECONDS && (await isStarting(run, id)); second++) {
      if (second === 0) report.line(`${name}: waiting until it has started, so that it can end in order`);
      await sleep(1000);
    }
    // Its own stop signal, then what is left of it. Anonymous volumes go with it, named ones hold data and stay.
    await run("docker", ["stop", "--time", "60", id]);
  }
  const command = kind === "container" ? ["rm", "--force", "--volumes", id] : ["network", "rm", id];
  const ran = await run("docker", command);
  if (!succeeded(ran) && !/no such|not found/i.test(ran.stderr)) throw new Stop(`\`docker ${command.join(" ")}\` failed:\n${lastWords(ran, 3)}`);
}
