// An edit of a file of variables (.env), text to text: lines that are not ours stay to the last byte. Pure.
import { createHash } from "node:crypto";
import { isDeepStrictEqual, parseEnv } from "node:util";
import { shellQuote } from "../../decide.ts";
import { DEFAULT_STACK, stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";

export type Variables = Record<string, string>;

export interface EnvEdit {
  project: string;
  /** What is to be there. */
  wanted: Variables;
  /** What we may have written before besides: kept up to date where we did, so that no file is half of one project and half of another. */
  known: Variables;
  /** Values of somebody else's are replaced. */
  force: boolean;
  /** Whose project it is, for command lines. @default this computer */
  stack?: string;
}

/** A line that tells what we wrote from what was changed by hand since: it has a mark of each value, not the value. */
const MARKS = /^# indie link .*\(([0-9a-f ]+)\)[ \t]*$/m;
const mark = (name: string, value: string): string => createHash("sha256").update(`${name}=${value}`).digest("hex").slice(0, 8);

/**
 * @param text undefined where there is no file yet
 * @param file the file's name, for the words
 * @throws Stop where somebody else set a variable to something else, or the file is written in a way that is not understood
 */
export function editEnv(text: string | undefined, file: string, { project, wanted, known, force, stack = DEFAULT_STACK }: EnvEdit): string {
  const again = `npx indie link ${project}${stackOption(stack)}`;
  const start = text?.startsWith("\ufeff") === true ? "\ufeff" : "";
  const content = (text ?? "").slice(start.length);
  const before = { ...parseEnv(content) } as Variables;
  const marks = new Set(MARKS.exec(content)?.[1]?.split(" "));
  const isOurs = (name: string) => marks.has(mark(name, before[name] ?? ""));
  const stale = Object.entries(known).filter(([name]) => name in before && isOurs(name));
  const values: Variables = { ...wanted, ...Object.fromEntries(stale) };
  const different = Object.keys(values).filter((name) => before[name] !== values[name]);
  refuse({ project, again }, file, force ? [] : different.filter((name) => before[name] && !isOurs(name)));
  if (different.length === 0) return text ?? "";
  const inPlace = different.filter((name) => name in before).reduce((lines, name) => replaceValue(lines, name, values[name]!), content);
  const ours = Object.keys(values).filter((name) => different.includes(name) || isOurs(name));
  const comment = `# indie link ${project}: a value that is changed by hand stays (${ours.map((name) => mark(name, values[name]!)).join(" ")})`;
  const added = different.filter((name) => !(name in before)).map((name) => assignment(name, values[name]!));
  const edited = insert(inPlace, comment, added);
  if (isDeepStrictEqual({ ...parseEnv(edited) }, { ...before, ...values })) return start + edited;
  throw new Stop(`${file} is written in a way that this command does not edit. Nothing was changed. What belongs there: ${again} --stdout`);
}

function refuse({ project, again }: { project: string; again: string }, file: string, names: string[]): void {
  if (names.length === 0) return;
  throw new Stop(`${file} sets ${names.join(", ")} already, to something else than ${project}'s. Nothing was changed.
To replace ${names.length === 1 ? "it" : "them"}: ${again} --force; another file: --file <path>`);
}

export const assignment = (name: string, value: string): string => `${name}=${shellQuote(value)}`;

/** The last line that sets it is the one that counts; what stands before and behind the value there stays. One of several lines is not found. */
function replaceValue(content: string, name: string, value: string): string {
  const line = new RegExp(`^([ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*)(?:"[^"\\n]*"|'[^'\\n]*'|(?:[^#\\r\\n"'\`][^#\\r\\n]*?)?)((?:[ \\t]*#[^\\r\\n]*|[ \\t]*)(?=\\r?$))`, "gm");
  const last = [...content.matchAll(line)].at(-1);
  if (last === undefined) return content;
  const [whole, head, tail] = last as unknown as [string, string, string];
  return `${content.slice(0, last.index)}${head}${shellQuote(value)}${tail}${content.slice(last.index + whole.length)}`;
}

/** The line of marks, in its place or at the end, and the new lines behind it. */
function insert(content: string, comment: string, added: string[]): string {
  const newline = content.includes("\r\n") ? "\r\n" : "\n";
  const marks = MARKS.exec(content);
  if (marks !== null) {
    const end = marks.index + marks[0].length;
    return content.slice(0, marks.index) + [comment, ...added].join(newline) + content.slice(end);
  }
  const gap = content === "" ? "" : content.endsWith("\n") ? newline : newline + newline;
  return content + gap + [comment, ...added].map((line) => line + newline).join("");
}
