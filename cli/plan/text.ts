// A plan for a terminal.
import { shownLine } from "../shown.ts";
import type { Block, Plan } from "./model.ts";
import { capacityLine, headline, memoryWords, noticedLines, policiesLine, policyWords, thingLines, title, untouchedLine } from "./words.ts";

export function renderText(plan: Plan): string {
  const messages = [...list("Errors", plan.errors), ...list("Policies", policyWords(plan)), ...list("Warnings", plan.warnings)];
  if (plan.failed) return lines([`Plan for ${plan.stack}: the preview failed. Nothing was changed.`, "", ...messages]);
  const untouched = untouchedLine(plan);
  const capacity = capacityLine(plan);
  const policies = policiesLine(plan);
  return lines([
    `Plan for ${plan.stack}. ${headline(plan)}`,
    "",
    ...plan.blocks.flatMap((block) => [...renderBlock(block), ""]),
    ...(untouched === undefined ? [] : [untouched]),
    ...(capacity === undefined ? [] : [`Capacity: ${capacity}.`, ""]),
    ...(policies === undefined ? [] : [policies, ""]),
    ...messages,
  ]);
}

function renderBlock(block: Block): string[] {
  return [
    `${title(block)}: ${block.says}${memoryWords(block)}`,
    ...noticedLines(block).map((line) => `  ${line.startsWith("data removed") ? "!" : "·"} ${line}`),
    ...thingLines(block.things).map((line) => `    ${line}`),
  ];
}

/** A message may have many lines. Words of a database's owner may be in it. */
const list = (head: string, messages: string[]): string[] =>
  messages.length === 0 ? [] : [`${head}:`, ...messages.flatMap((message) => message.split("\n").map((line, index) => `${index === 0 ? "  - " : "    "}${shownLine(line)}`)), ""];

const lines = (all: string[]): string => `${all.join("\n").trimEnd()}\n`;
