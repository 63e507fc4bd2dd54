import type { Document, ErrorCode, YAMLError } from "yaml";
import type { Mistake, Position } from "./report.ts";

const TOO_DEEP = "lists or maps stand too deep in each other → write it flatter";

/** Far more than a server's projects need, and nothing that takes long to read. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Our words where yaml's own could repeat what stands in the file, which may be a secret: `password: *hunter2` is an alias to YAML,
 * `!hunter2` a tag.
 */
const INSTEAD: Partial<Record<ErrorCode, string>> = {
  BAD_DIRECTIVE: "a line that begins with % is a directive to YAML → delete it",
  BAD_DQ_ESCAPE: "a \\ in \"double quotes\" begins an escape that YAML does not know → use 'single quotes'",
  MULTIPLE_DOCS: "a second document begins here (---) → keep one",
  NON_STRING_KEY: "the name of a field must be a text → write it as a plain word",
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: "a tab as indentation → use spaces",
  TAG_RESOLVE_FAILED: "a value that begins with ! is a tag to YAML, and none that is known here → put a text in quotes",
};

/** What mends it, where yaml's words do not say so themselves. */
const HOW: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: "put a text that begins with * or & in quotes",
  BAD_INDENT: "line it up with what it belongs to",
  BAD_SCALAR_START: "put the value in quotes",
  BLOCK_AS_IMPLICIT_KEY: "put a text with a colon in quotes, or begin a new line",
};

/**
 * How deep lists and maps may stand in each other; a project needs 7. Counted before yaml reads it: its recursion ends Node itself where
 * the stack does ("RegExpCompiler Allocation failed", V8), which nothing catches.
 */
const MAX_DEPTH = 100;

/** What can not even be given to yaml: too much, too deep, or characters that no YAML holds. */
export const unreadable = (content: string): Mistake[] => [...sizeMistakes(content), ...depthMistakes(content), ...characterMistakes(content)].slice(0, 1);

const sizeMistakes = (content: string): Mistake[] =>
  content.length > MAX_CHARACTERS ? [{ offset: 0, text: `the file has more than ${MAX_CHARACTERS} characters → is it the right one?` }] : [];

/** An upper bound is enough: brackets that are open, and in each line its indentation and the marks that open a list or a map. */
function depthMistakes(content: string): Mistake[] {
  let offset = 0;
  let open = 0;
  for (const line of content.split("\n")) {
    for (const [bracket] of line.matchAll(/[[\]{}]/g)) {
      open = "[{".includes(bracket) ? open + 1 : Math.max(open - 1, 0);
      if (open > MAX_DEPTH) return [{ offset, text: TOO_DEEP }];
    }
    const indentation = /^ */.exec(line)?.[0].length ?? 0;
    if (indentation / 2 > MAX_DEPTH || (line.match(/[-?:][ \t]/g)?.length ?? 0) > MAX_DEPTH) return [{ offset, text: TOO_DEEP }];
    offset += line.length + 1;
  }
  return [];
}

/** U+FFFD is what is left of bytes that were not UTF-8. */
function characterMistakes(content: string): Mistake[] {
  const match = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffc\u{10000}-\u{10ffff}]/u.exec(content);
  if (match === null) return [];
  const code = match[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  const text = code === "FFFD" ? "the file is not UTF-8 → save it as UTF-8" : `the character U+${code} has no place in YAML → delete it`;
  return [{ offset: match.index, text }];
}

/** YAML's own errors and warnings, each in one line that shows nothing of the file. */
export function syntaxMistakes(document: Document, content: string, position: (offset: number) => Position): Mistake[] {
  const found = [...document.errors, ...document.warnings].map((error) => syntaxMistake(error, content));
  const { version } = document.directives?.yaml ?? {};
  if (version !== undefined && version !== "1.2")
    found.push({ offset: Math.max(content.search(/^%YAML/m), 0), text: `YAML ${version} reads words in another way → delete the line %YAML` });
  // One mistake makes the parser stumble several times; its first words about a line are about the mistake.
  const firstOfLine = new Map<number, Mistake>();
  for (const mistake of found.toSorted((left, right) => left.offset - right.offset)) {
    const { line } = position(mistake.offset);
    if (!firstOfLine.has(line)) firstOfLine.set(line, mistake);
  }
  return [...firstOfLine.values()];
}

function syntaxMistake(error: YAMLError, content: string): Mistake {
  // What is missing at the end of the file is missing at the end of what is written.
  const offset = Math.min(Math.max(error.pos[0], 0), content.trimEnd().length);
  const text = INSTEAD[error.code] ?? `${withoutSource(error)} → ${HOW[error.code] ?? "mend the YAML there"}`;
  return { offset, text };
}

/** `Not a YAML token: <text of the file>` and the like. */
const withoutSource = ({ code, message }: YAMLError): string => (code === "UNEXPECTED_TOKEN" ? message.replace(/:.*$/s, "") : message);
