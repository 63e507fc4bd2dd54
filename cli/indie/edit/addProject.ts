import { isAlias, isMap, isScalar, isSeq, type Pair, type YAMLSeq } from "yaml";
import { isFields } from "../../../spec/complete.ts";
import { pairOf, startOf } from "../../../spec/nodes.ts";
import { edit, projectsOf, type Tree } from "./edit.ts";
import { blockLines, type Entry, entryValue, flowEntry, type FlowStyle } from "./entry.ts";
import { contentEnd, indentOf, isJson } from "./layout.ts";
import type { Splice } from "./splice.ts";

/**
 * A new entry at the end of `projects`, written as those before it are.
 *
 * @throws as {@link edit}
 */
export const addProject = (text: string, file: string, entry: Entry): string =>
  edit(text, file, {
    splices: (tree) => splices(tree, entry),
    wanted: (value) => ({ ...(isFields(value) ? value : {}), projects: [...projectsOf(value), entryValue(entry)] }),
    byHand: { projects: [entryValue(entry)] },
  });

function splices(tree: Tree, entry: Entry): Splice[] | undefined {
  const { root, layout } = tree;
  const isFlow = root?.flow === true;
  const pair = root === undefined ? undefined : pairOf(root, "projects");
  if (pair === undefined) return isFlow ? undefined : firstProject(tree, entry);
  const projects: unknown = pair.value;
  if (isScalar(projects) && projects.value === null && !isFlow) return inPlaceOf(tree, pair, entry);
  if (!isSeq(projects)) return undefined;
  if (projects.items.length > 0) return projects.flow === true ? intoFlow(tree, projects, entry) : intoBlock(tree, projects, entry);
  const [start, end] = projects.range ?? [0, 0];
  const hasComment = layout.content.slice(start + 1, end - 1).trim() !== "";
  if (!hasComment && !isFlow) return inPlaceOf(tree, pair, entry);
  return [intoBrackets(tree, end - 1, flowEntry(entry, { padded: !isJson(pair), json: isJson(pair) }))];
}

/** Lines of an entry in a list whose dashes stand at a column. */
const itemLines = (entry: Entry, column: number, gap: number): string[] =>
  blockLines(entry).map((line, index) => (index === 0 ? `${" ".repeat(column)}-${" ".repeat(gap)}` : " ".repeat(column + 1 + gap)) + line);

/** How deep the file's own groups stand. */
function indentation({ root }: Tree): number {
  const group = root?.items.map(({ value }) => value).find((value) => isMap(value) && value.flow !== true);
  return isMap(group) ? indentOf(group) - (root === undefined ? 0 : indentOf(root)) : 2;
}

/** No field `projects` yet. */
function firstProject(tree: Tree, entry: Entry): Splice[] {
  const { layout, root } = tree;
  const margin = root === undefined ? 0 : indentOf(root);
  const at = root === undefined ? layout.content.length : layout.pastDeeperComments(layout.lineEnd(contentEnd(root) ?? 0), margin);
  const lines = [`${" ".repeat(margin)}projects:`, ...itemLines(entry, margin + indentation(tree), 1)];
  return [{ start: at, end: at, text: layout.insertLines(at, root === undefined ? lines : ["", ...lines]) }];
}

/** `projects: []`, `projects:` or `projects: null` gives way to a list; an anchor and a comment behind it stay. */
function inPlaceOf(tree: Tree, pair: Pair, entry: Entry): Splice[] {
  const { layout } = tree;
  const { content } = layout;
  const margin = tree.root === undefined ? 0 : indentOf(tree.root);
  const keyEnd = contentEnd(pair.key) ?? 0;
  const valueEnd = contentEnd(pair.value);
  const at = layout.lineEnd(valueEnd ?? keyEnd);
  const lines = itemLines(entry, margin + indentation(tree), 1);
  const insert = { start: at, end: at, text: layout.insertLines(at, lines) };
  if (valueEnd === undefined) return [insert];
  const start = startOf(pair.value);
  const hasComment = content.slice(valueEnd, layout.lineEnd(valueEnd)).trim() !== "";
  const spaces = /[ \t]*$/.exec(content.slice(0, start))?.[0].length ?? 0;
  // The space before a comment has to stay: without it a # is no comment.
  return [{ start: hasComment ? start : start - spaces, end: hasComment ? valueEnd + leadingSpaces(content, valueEnd) : valueEnd, text: "" }, insert];
}

const leadingSpaces = (content: string, at: number): number => /^[ \t]*/.exec(content.slice(at))?.[0].length ?? 0;

/** Behind the last entry, and the comments that belong to it. */
function intoBlock({ layout }: Tree, projects: YAMLSeq, entry: Entry): Splice[] | undefined {
  const dashes = dashesOf(projects);
  const dash = dashes.at(-1);
  const end = contentEnd(projects);
  if (dash === undefined || end === undefined || layout.before(dash).trim() !== "") return undefined;
  const column = layout.column(dash);
  const at = layout.pastDeeperComments(layout.lineEnd(end), column);
  const isSpaced = dashes.length > 1 && /\n[ \t]*\r?\n/.test(layout.content.slice(contentEnd(projects.items.at(-2)), dash));
  const lines = projects.items.every((item) => isMap(item) && item.flow === true)
    ? [`${" ".repeat(column)}- ${flowEntry(entry, flowStyle(layout.content, projects.items.at(-1)))}`]
    : itemLines(entry, column, gapOf(layout.content, projects.items.at(-1), dash));
  return [{ start: at, end: at, text: layout.insertLines(at, isSpaced ? ["", ...lines] : lines) }];
}

/** Where the dashes of a list's items are. */
function dashesOf({ srcToken }: YAMLSeq): number[] {
  if (srcToken?.type !== "block-seq") return [];
  return srcToken.items.flatMap(({ start }) => start.filter(({ type }) => type === "seq-item-ind").map(({ offset }) => offset));
}

/** The spaces between a dash and the first field. */
function gapOf(content: string, item: unknown, dash: number): number {
  const between = content.slice(dash + 1, startOf(item));
  return isMap(item) && /^ +$/.test(between) ? between.length : 1;
}

function flowStyle(content: string, item: unknown): FlowStyle {
  const start = startOf(item);
  return { padded: content[start + 1] !== '"' && /\s/.test(content[start + 1] ?? " "), json: /^\{\s*"/.test(content.slice(start)) };
}

/** Between brackets that hold at most a comment. A line of its own stands deeper than its field, as YAML wants it. */
function intoBrackets({ layout, root }: Tree, closing: number, text: string): Splice {
  const isAlone = layout.before(closing).trim() === "";
  const at = isAlone ? closing - layout.column(closing) : closing;
  const margin = " ".repeat((root === undefined ? 0 : indentOf(root)) + 2);
  return { start: at, end: at, text: isAlone ? layout.insertLines(at, [margin + text]) : text };
}

/** Within brackets: behind the last entry, in a line of its own where that one has one. */
function intoFlow({ layout }: Tree, projects: YAMLSeq, entry: Entry): Splice[] | undefined {
  const { content } = layout;
  const last: unknown = projects.items.at(-1);
  const closing = (projects.range?.[1] ?? 0) - 1;
  const end = contentEnd(last);
  if (end === undefined || isAlias(last)) return undefined;
  const text = flowEntry(entry, flowStyle(content, last));
  const comma = commaBetween(content, end, closing);
  if (layout.before(startOf(last)).trim() !== "" || layout.lineEnd(end) > closing) {
    return comma === undefined ? [{ start: end, end, text: `, ${text}` }] : [{ start: comma + 1, end: comma + 1, text: ` ${text},` }];
  }
  const at = layout.lineEnd(comma ?? end);
  const line = `${layout.before(startOf(last))}${text}${comma === undefined ? "" : ","}`;
  return [...(comma === undefined ? [{ start: end, end, text: "," }] : []), { start: at, end: at, text: layout.insertLines(at, [line]) }];
}

/** The comma behind the last entry, if there is one; not one in a comment. */
function commaBetween(content: string, from: number, to: number): number | undefined {
  const between = content.slice(from, to).replace(/(?<=\s)#.*/g, (comment) => " ".repeat(comment.length));
  const found = between.indexOf(",");
  return found < 0 ? undefined : from + found;
}
