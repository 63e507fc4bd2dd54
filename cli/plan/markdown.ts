// A plan for a comment of a pull request.
import { shownLines } from "../shown.ts";
import type { Block, Plan } from "./model.ts";
import { capacityLine, headline, memoryWords, noticedLines, plural, policiesLine, policyWords, stepLine, thingLines, title, untouchedLine } from "./words.ts";

/** GitHub refuses a longer comment ("Body is too long (maximum is 65536 characters)"). */
export const LONGEST = 65_536;

/** Stands first, so that the comment of before can be found and replaced. */
export const marker = (stack: string): string => `<!-- indie plan: ${stack} -->`;

/** The steps go first where all of it is too long, then what is the least: the end. What is data's stands at the beginning. */
export function renderMarkdown(plan: Plan, longest = LONGEST): string {
  const whole = render(plan, true);
  if (whole.length <= longest) return whole;
  const without = render(plan, false);
  return without.length <= longest ? without : cut(without, longest);
}

const CUT = "\n\n_Too long for a comment: the rest is left out. `indie plan` shows all of it._\n";

function cut(text: string, longest: number): string {
  const room = text.slice(0, longest - CUT.length - FENCE.length);
  const upTo = room.slice(0, Math.max(room.lastIndexOf("\n"), 0));
  const isOpen = (upTo.match(new RegExp(`^${FENCE.trim()}`, "gm")) ?? []).length % 2 === 1;
  return `${upTo}${isOpen ? FENCE : ""}${CUT}`;
}

function render(plan: Plan, withSteps: boolean): string {
  const { stack, failed, blocks, warnings, errors } = plan;
  const [untouched, capacity, policies] = [untouchedLine(plan), capacityLine(plan), policiesLine(plan)];
  const parts = [
    `${marker(stack)}\n### Plan for \`${stack}\``,
    failed ? "**The preview failed.** Nothing was changed." : `**${headline(plan)}**`,
    ...messages("Errors", errors),
    ...messages("Policies", policyWords(plan)),
    ...messages("Warnings", warnings),
    ...[...blocks].sort((left, right) => Number(isLossy(right)) - Number(isLossy(left))).map(renderBlock),
    ...(untouched === undefined ? [] : [untouched]),
    ...(capacity === undefined ? [] : [`Capacity: ${capacity}.`]),
    ...(policies === undefined ? [] : [policies]),
    ...(withSteps ? details(blocks) : blocks.length === 0 ? [] : ["_The steps are left out: with them it is too long for a comment._"]),
  ];
  return `${parts.join("\n\n")}\n`;
}

const isLossy = ({ noticed }: Block): boolean => noticed.some(({ kind }) => kind === "data removed");

function renderBlock(block: Block): string {
  const name = block.kind === "project" ? `\`${block.name}\`` : title(block);
  return [
    `#### ${name}: ${block.says}${memoryWords(block)}`,
    "",
    ...noticedLines(block).map((line) => `- ${line.startsWith("data removed") ? ":warning: " : ""}**${line}**`),
    ...thingLines(block.things).map((line) => `- ${line}`),
  ].join("\n");
}

function details(blocks: Block[]): string[] {
  const steps = blocks.flatMap((block) => block.steps.map(stepLine));
  if (steps.length === 0) return [];
  return [`<details><summary>${plural(steps.length, "step")} of the preview</summary>\n\n${fenced(steps.join("\n"))}\n\n</details>`];
}

const messages = (head: string, all: string[]): string[] => all.map((message, index) => `${index === 0 ? `**${head}**\n\n` : ""}${fenced(shownLines(message))}`);

const FENCE = "\n````````";

/** As it is: no markup, no mention of a person, whatever it holds; a row of backticks as long as the fence's would end it. */
const fenced = (text: string): string => `${FENCE.trim()}text\n${text.replaceAll(/`{8,}/g, "```````")}${FENCE}`;
