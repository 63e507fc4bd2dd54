// Puts right what was found, by the smallest means: nothing here deletes a volume, a database or a role, or replaces one.
import { setTimeout as sleep } from "node:timers/promises";
import { shown } from "../../../images/backup/stop.ts";
import { finishFirst } from "../../interrupt.ts";
import { psql } from "../../psql.ts";
import { Interrupted, Stop } from "../../report.ts";
import { lastWords, type Ran, type Run, succeeded } from "../../run.ts";
import type { Context, Tools } from "../context.ts";
import { type Action, actionsOf, type Finding } from "./finding.ts";
import { remake } from "./remake.ts";
import type { Command, Should } from "./should.ts";

export interface FixArgs extends Pick<Context, "stack" | "note">, Pick<Tools, "run" | "env"> {
  /** The state as it is now. */
  should: Should;
}

/**
 * Each by itself: one that fails keeps no other from being put right. Ctrl-C waits for the end of the one that is under way.
 *
 * @throws Interrupted after Ctrl-C
 */
export async function fixAll(args: FixArgs, findings: Finding[], sayFailed: (finding: Finding, why: string) => void): Promise<void> {
  const actions = inOrder(actionsOf(findings), args.should);
  const isRemake = ({ action }: (typeof actions)[number]) => action.do === "remake";
  const remakes = actions.filter(isRemake);
  const attempt = async (of: Finding[], work: () => Promise<void>) => {
    const { result: why, isInterrupted } = await finishFirst(() => work().then(() => undefined, inOneLine), (text) => args.note(`  ${text}`));
    if (isInterrupted) throw new Interrupted(`What was under way ${why === undefined ? "is done" : `failed: ${why}`}. Nothing more was begun: run the same command again.`);
    if (why !== undefined) for (const finding of of) sayFailed(finding, why);
  };
  for (const { action, of } of actions) {
    if (action.do !== "remake") {
      args.note(`  ${shown(`${of[0]!.what}: ${of[0]!.fix}`)}`);
      await attempt(of, () => act(args, action));
    } else if (action === remakes[0]!.action) {
      // One update makes them all.
      const all = remakes.flatMap((each) => each.of);
      args.note(`  ${shown(`${all.map(({ what }) => what).join(", ")}: ${all[0]!.fix}`)}`);
      await attempt(all, () => remake(args, remakes.flatMap((each) => (each.action.do === "remake" ? [each.action.urn] : []))));
    }
  }
}

/** Why it failed. @throws what is a bug of ours */
function inOneLine(error: unknown): string {
  if (!(error instanceof Stop)) throw error;
  return error.message.replaceAll("\n", " ").trim();
}

/** Commands in the order in which the update ran them: a site after its routes, a tenant after the grants. The state has them so; containers too. */
function inOrder<T extends { action: Action }>(actions: T[], { commands, containers }: Should): T[] {
  const places = new Map([...containers.map(({ id }) => id), ...commands.map(({ urn }) => urn)].map((key, index) => [key, index]));
  const place = ({ action }: T): number => places.get(action.do === "replay" ? action.urn : "container" in action ? action.container : "") ?? -1;
  return actions
    .map((each, index) => ({ each, index }))
    .toSorted((left, right) => (left.each.action.do === right.each.action.do ? place(left.each) - place(right.each) || left.index - right.index : left.index - right.index))
    .map(({ each }) => each);
}

async function act({ run, stack, should }: FixArgs, action: Exclude<Action, { do: "remake" }>): Promise<void> {
  const docker = async (...words: string[]): Promise<void> => succeed(await run("docker", words, { timeoutSeconds: 120 }));
  switch (action.do) {
    case "start":
      await docker("start", action.container);
      return untilHealthy(run, action.container);
    case "unpause":
      return docker("unpause", action.container);
    case "restart":
      await docker("restart", "--time", "30", action.container);
      return untilHealthy(run, action.container);
    case "policy":
      return docker("update", "--restart", action.policy, action.container);
    case "connect":
      if (action.isStale) await docker("network", "disconnect", "--force", action.network, action.container);
      return docker("network", "connect", ...action.aliases.flatMap((alias) => ["--alias", alias]), action.network, action.container);
    case "sql":
      return succeed(shortened(await psql({ run, stack, sql: action.sql })));
    case "replay":
      return replay(run, should, action.urn);
    case "exec":
      return docker("exec", action.container, ...action.words);
    case "removeContainer":
      // Its volumes stay, those without a name too: nobody has said what is on them.
      await docker("stop", "--time", "60", action.id);
      return docker("rm", action.id);
    case "removeNetwork":
      return docker("network", "rm", action.id);
  }
}

/** The statement's own text is no part of an error: it may hold what Postgres keeps of a password. */
const shortened = (ran: Ran): Ran => ({ ...ran, stdout: "", stderr: ran.stderr.split("\n").filter((line) => /ERROR:|FATAL:|error/.test(line)).join("\n") });

function succeed(ran: Ran): void {
  if (!succeeded(ran)) throw new Stop(lastWords({ ...ran, stdout: "" }, 3) || "no answer in time");
}

/** As the provider of commands runs it: by a shell, its variables and its stdin those of the state. */
async function replay(run: Run, { commands }: Should, urn: string): Promise<void> {
  const command: Command | undefined = commands.find((each) => each.urn === urn);
  if (command === undefined) throw new Stop("the state does not have it any more: run this again");
  const { create, stdin, environment } = command;
  succeed(await run("/bin/sh", ["-c", create], { stdin, env: environment }));
}

/** As long as an update would wait (components/services/serviceContainer.ts). */
const HEALTHY_SECONDS = 300;

async function untilHealthy(run: Run, container: string): Promise<void> {
  const format = "{{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}none{{end}}";
  for (let second = 0; second < HEALTHY_SECONDS; second++) {
    const [state, health] = (await run("docker", ["container", "inspect", "--format", format, container])).stdout.trim().split(" ");
    if (state === "running" && (health === "healthy" || health === "none")) return;
    await sleep(1000);
  }
  throw new Stop(`it was started, and is not healthy after ${HEALTHY_SECONDS} s: docker logs ${container}`);
}
