// A pull request, by `gh`, which the runners have.
import { Stop } from "../report.ts";
import { lastWords, type Run, succeeded } from "../run.ts";
import { type Comment, decideLabel, findOurs, LABEL } from "./comment.ts";
import type { Plan } from "../plan/model.ts";

export interface PullRequest {
  run: Run;
  /** `owner/name` */
  repository: string;
  number: string;
}

/** @throws Stop with gh's words */
async function gh({ run }: PullRequest, args: string[], input?: unknown): Promise<string> {
  const ran = await run("gh", ["api", ...args, ...(input === undefined ? [] : ["--input", "-"])], input === undefined ? {} : { stdin: JSON.stringify(input) });
  if (!succeeded(ran)) throw new Stop(`\`gh api ${args.join(" ")}\` failed:\n${lastWords(ran, 5)}`);
  return ran.stdout;
}

/** All pages of a list: an item a line. */
async function list<T>(pull: PullRequest, path: string): Promise<T[]> {
  const text = await gh(pull, ["--paginate", `${path}?per_page=100`, "--jq", ".[]"]);
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as T);
}

/** The label first: what a person must not miss is there even where the comment fails. @returns what was done, in words */
export async function show(pull: PullRequest, { stack, plan, body }: { stack: string; plan: Plan | undefined; body: string }): Promise<string[]> {
  return [await label(pull, plan), await comment(pull, stack, body)].filter((words) => words !== undefined);
}

async function label(pull: PullRequest, plan: Plan | undefined): Promise<string | undefined> {
  const labels = `repos/${pull.repository}/issues/${pull.number}/labels`;
  const names = (await list<{ name: string }>(pull, labels)).map(({ name }) => name);
  const decision = decideLabel(plan, names);
  if (decision === "add") await gh(pull, ["--method", "POST", labels, "--silent"], { labels: [LABEL] });
  if (decision === "remove") await gh(pull, ["--method", "DELETE", `${labels}/${encodeURIComponent(LABEL)}`, "--silent"]);
  return { add: `label "${LABEL}" set`, remove: `label "${LABEL}" removed`, leave: undefined }[decision];
}

async function comment(pull: PullRequest, stack: string, body: string): Promise<string> {
  const issues = `repos/${pull.repository}/issues`;
  const id = findOurs(await list<Comment>(pull, `${issues}/${pull.number}/comments`), stack);
  if (id === undefined) {
    await gh(pull, ["--method", "POST", `${issues}/${pull.number}/comments`, "--silent"], { body });
    return "comment made";
  }
  await gh(pull, ["--method", "PATCH", `${issues}/comments/${id}`, "--silent"], { body });
  return "comment updated";
}
