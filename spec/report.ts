import { SpecError } from "./error.ts";

/** One mistake at its place in the file. */
export interface Mistake {
  /** Characters from the start of the text. */
  offset: number;
  /** What is wrong → how to mend it. */
  text: string;
}

export interface Position {
  line: number;
  column: number;
}

export interface ReportArgs {
  file: string;
  mistakes: readonly Mistake[];
  /** Line and column, both from 1. */
  position: (offset: number) => Position;
  /** Whose text it is: `project "docs"`, `defaults`, or nobody's. */
  owner: (offset: number) => string | undefined;
}

/** More than anybody mends in one go. */
const MOST = 100;

/** Every mistake in one text, by position: `file:line:column  project "docs"  what is wrong → how to mend it`. */
export function renderReport({ file, mistakes, position, owner }: ReportArgs): string {
  // What comes from an anchor is found again for each alias.
  const distinct = [...new Map(mistakes.map((mistake) => [`${mistake.offset} ${mistake.text}`, mistake])).values()];
  const lines = distinct
    .toSorted((left, right) => left.offset - right.offset)
    .slice(0, MOST)
    .map(({ offset, text }) => {
      const { line, column } = position(offset);
      return [`${file}:${line}:${column}`, owner(offset), text].filter((part) => part !== undefined).join("  ");
    });
  if (distinct.length > MOST) lines.push(`${file}  and ${distinct.length - MOST} more`);
  return lines.join("\n");
}

/** One error of several, each with its own report. */
export function joinErrors(errors: readonly SpecError[]): SpecError {
  return new SpecError(errors.map(({ message }) => message).join("\n"));
}
