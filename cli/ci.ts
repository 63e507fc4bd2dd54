// The steps of .github/workflows, and of any other CI: `node cli/start.mjs ci install|plan|comment|up` (docs/pull-requests.md).
import { faults, faultsOfUp, withoutEmpty } from "./ci/settings.ts";
import { root } from "./layout.ts";
import { PACK } from "./plan/policies.ts";
import { EXIT, failed, Misuse, reporter, Stop } from "./report.ts";
import { type Env, runner } from "./run.ts";

/** @throws Stop with all of it */
function refuse(found: string[]): void {
  if (found.length > 0) throw new Stop(`This is missing (docs/pull-requests.md):\n${found.map((words) => `  - ${words}`).join("\n")}`);
}

function needed(env: Env, name: string, form: RegExp): string {
  const value = env[name] ?? "";
  if (!form.test(value)) throw new Stop(`${name} is ${JSON.stringify(value)}. The workflow sets it: docs/pull-requests.md`);
  return value;
}

async function install(env: Env): Promise<number> {
  const { install: work } = await import("./ci/install.ts");
  await work(reporter(console.log), env);
  return EXIT.done;
}

async function plan(env: Env): Promise<number> {
  const { noPlanYet } = await import("./ci/made.ts");
  noPlanYet(env);
  refuse(faults(env));
  const { makePlan } = await import("./ci/plan.ts");
  return makePlan(reporter(console.log), env, { stack: env.INDIE_STACK!, pulumiArgs: PACK }, console.log);
}

async function comment(env: Env): Promise<number> {
  const stack = needed(env, "INDIE_STACK", /^[\w.-]+$/);
  const repository = needed(env, "GITHUB_REPOSITORY", /^[\w.-]+\/[\w.-]+$/);
  const number = needed(env, "PULL_REQUEST", /^\d+$/);
  const [{ commentBody }, { show }, { readMade }] = await Promise.all([import("./ci/comment.ts"), import("./ci/github.ts"), import("./ci/made.ts")]);
  const made = readMade(env);
  const { GITHUB_SERVER_URL: server, GITHUB_RUN_ID: id, COMMIT: commit } = env;
  const run = server === undefined || id === undefined ? undefined : `${server}/${repository}/actions/runs/${id}`;
  const body = commentBody({ stack, ...(made === undefined ? {} : { plan: made }), ...(commit === undefined ? {} : { commit }), ...(run === undefined ? {} : { run }) });
  for (const words of await show({ run: runner(root, env), repository, number }, { stack, plan: made, body })) console.log(words);
  return EXIT.done;
}

async function update(env: Env): Promise<number> {
  refuse(faultsOfUp(env));
  // What it starts reads the same variables as whoever types `indie up`.
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name];
  const { up } = await import("./up.ts");
  const exitCode = await up({ stack: env.INDIE_STACK!, pulumiArgs: PACK, emptyServer: false });
  return exitCode === EXIT.done || exitCode === EXIT.interrupted ? exitCode : EXIT.failed;
}

const STEPS: Record<string, (env: Env) => Promise<number>> = { install, plan, comment, up: update };

async function main([name = "", ...more]: string[]): Promise<number> {
  const step = Object.hasOwn(STEPS, name) && more.length === 0 ? STEPS[name] : undefined;
  if (step === undefined) throw new Misuse(`ci takes one word: ${Object.keys(STEPS).join(", ")}; not ${JSON.stringify([name, ...more].join(" "))}.`);
  return step(withoutEmpty(process.env));
}

process.exitCode = await main(process.argv.slice(2)).catch(failed);
