// What a pull request shows of a plan: one comment and one label. Pure.
import { LONGEST, marker, renderMarkdown } from "../plan/markdown.ts";
import type { Plan } from "../plan/model.ts";

export const LABEL = "data at risk";

export interface CommentArgs {
  stack: string;
  /** @default there is none: what makes it failed */
  plan?: Plan;
  commit?: string;
  /** Address of the run. */
  run?: string;
}

/** Never longer than GitHub takes; whose plan it is stands there, however much of it is cut. */
export function commentBody({ stack, plan, commit, run }: CommentArgs, longest = LONGEST): string {
  const parts = [...(commit === undefined ? [] : [`of commit ${commit.slice(0, 12)}`]), ...(run === undefined ? [] : [`[the run](${run})`])];
  const footer = parts.length === 0 ? "" : `\n_The plan ${parts.join("; ")}._\n`;
  const body = plan === undefined ? `${marker(stack)}\n### Plan for \`${stack}\`\n\n**There is no plan of this commit.** The log of the run says why.\n` : renderMarkdown(plan, longest - footer.length);
  return `${body}${footer}`;
}

/** Of GitHub's list of comments, what is read. */
export interface Comment {
  id: number;
  body: string;
  user: { type: string } | null;
}

/** The one of before. Somebody's own that quotes the mark is not it. */
export const findOurs = (comments: Comment[], stack: string): number | undefined =>
  comments.find(({ body, user }) => user?.type === "Bot" && body.startsWith(marker(stack)))?.id;

/** What becomes of the label: it is there exactly where the plan removes data. Without a plan nobody knows, and what the commit before did stays said. */
export function decideLabel(plan: Plan | undefined, labels: string[]): "add" | "remove" | "leave" {
  if (plan === undefined || plan.failed) return "leave";
  const isWanted = plan.dataRemoved.length > 0;
  if (isWanted === labels.includes(LABEL)) return "leave";
  return isWanted ? "add" : "remove";
}
