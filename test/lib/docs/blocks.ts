// The fenced blocks of the docs, and which of them a reader would type. A block that no test types says why, behind its language:
// ```sh not run here: needs a GitHub repository

/** A fenced block, as GitHub reads it. */
export interface Block {
  /** Of its first fence, from 1. */
  line: number;
  /** The first word behind the fence; empty where there is none. */
  language: string;
  /** What is behind the language. */
  info: string;
  /** Without the indentation of the fence. */
  text: string;
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/;

/** All of a page, in their order. One that does not end goes to the end of the page. */
export function parseBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { indentation: number; fence: string; block: Block; lines: string[] } | undefined;
  markdown.split("\n").forEach((line, index) => {
    const [, indentation = "", fence = "", words = ""] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (fence === "") return;
      const [, language = "", info = ""] = /^(\S*)\s*(.*?)\s*$/s.exec(words)!;
      open = { indentation: indentation.length, fence, block: { line: index + 1, language, info, text: "" }, lines: [] };
      blocks.push(open.block);
    } else if (fence.startsWith(open.fence) && words.trim() === "") {
      open = undefined;
    } else {
      open.lines.push(line.slice(Math.min(open.indentation, line.length - line.trimStart().length)));
      open.block.text = open.lines.join("\n");
    }
  });
  return blocks;
}

/** What a reader types or saves and runs: a shell's lines, a terminal's lines behind `$`, a program. */
const TYPED = ["sh", "console", "js"];

export const isTyped = ({ language }: Block): boolean => TYPED.includes(language);

const MARK = "not run here:";

/** Why no test runs it; undefined where one has to. An empty text is no reason. */
export const whyNotRun = ({ info }: Block): string | undefined => (info.startsWith(MARK) ? info.slice(MARK.length).trim() : undefined);

/** The commands of a block, each with the lines that the page shows below it. A command that goes on behind `\` or in a quote is one. */
export function commandsOf({ language, text }: Block): { command: string; shows: string[] }[] {
  if (language !== "console")
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((command) => ({ command, shows: [] }));
  const commands: { command: string; shows: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) commands.push({ command: line.slice(2), shows: [] });
    else if (line.trim() !== "") commands.at(-1)?.shows.push(line);
  }
  return commands;
}

/**
 * Whether a line that a page shows is among what was printed: `…` is anything, a number is any number, and how wide the space between
 * two words is does not matter. Figures and dates of a page are those of one day.
 */
export function isShown(line: string, printed: string): boolean {
  const pattern = line
    .trim()
    .split(/(…|\d+(?:[.:,-]\d+)*|\s+)/)
    .map((part) => (part === "…" ? ".*?" : /^\d/.test(part) ? "\\d+(?:[.:,-]\\d+)*" : part.trim() === "" && part !== "" ? "\\s+" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
  return new RegExp(pattern).test(printed);
}
