// A cursor over one query parameter. Its complaints have the form of upstream's ("unexpected … expecting …"); the exact list of
// what was expected is not claimed (CONTRACT.md).
import { queryParamError } from "./errors.ts";

export class Scanner {
  readonly text: string;
  /** what is parsed, for the message: `filter (noop.0)` */
  readonly subject: string;
  at = 0;

  constructor(text: string, subject: string) {
    this.text = text;
    this.subject = subject;
  }

  get rest(): string {
    return this.text.slice(this.at);
  }

  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  peek(expected: string): boolean {
    return this.text.startsWith(expected, this.at);
  }

  /** Moves past `expected` if it is here. */
  take(expected: string): boolean {
    if (!this.peek(expected)) return false;
    this.at += expected.length;
    return true;
  }

  /** Moves past what the (sticky) pattern matches here, which may be nothing. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(pattern.source, `${pattern.flags.replace("y", "")}y`);
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  skipBlanks(): void {
    this.match(/[ \t]*/);
  }

  fail(expecting: string): never {
    const unexpected = this.atEnd() ? "end of input" : JSON.stringify(this.text[this.at]);
    const message = `"failed to parse ${this.subject}" (line 1, column ${this.at + 1})`;
    throw queryParamError(message, `unexpected ${unexpected} expecting ${expecting}`);
  }

  expect(expected: string): void {
    if (!this.take(expected)) this.fail(JSON.stringify(expected));
  }

  expectEnd(expecting = "end of input"): void {
    if (!this.atEnd()) this.fail(expecting);
  }

  /** Runs `parse`; when it fails or gives undefined, the cursor is where it was. */
  attempt<T>(parse: () => T | undefined): T | undefined {
    const start = this.at;
    try {
      const result = parse();
      if (result === undefined) this.at = start;
      return result;
    } catch {
      this.at = start;
      return undefined;
    }
  }
}

const FIELD_NAME = "field name (* or [a..z0..9_$])";

export function quotedValue(scan: Scanner): string | undefined {
  const found = scan.match(/"((?:[^\\"]|\\[^])*)"/);
  return found?.[1]!.replace(/\\([^])/g, "$1");
}

/** Names go without quotes when they are of letters, digits, `_`, `$`, blanks, and `-` that is no arrow. */
export function fieldName(scan: Scanner): string {
  const quoted = quotedValue(scan);
  if (quoted !== undefined) return quoted;
  const found = scan.match(/[\p{L}\p{Nd}_ $]+(?:-(?!>)[\p{L}\p{Nd}_ $]+)*/u);
  if (found === undefined) scan.fail(FIELD_NAME);
  return found[0].split("-").map((part) => part.trim()).join("-");
}

export type JsonStep = { arrow: "->" | "->>"; key: string } | { arrow: "->" | "->>"; index: number };

export interface Field { name: string; path: JsonStep[] }

export function jsonPath(scan: Scanner): JsonStep[] {
  const path: JsonStep[] = [];
  for (;;) {
    const arrow = scan.take("->>") ? "->>" : scan.take("->") ? "->" : undefined;
    if (arrow === undefined) return path;
    const index = scan.match(/-?\d+(?=->|::|\.|,|$)/);
    if (index !== undefined) {
      path.push({ arrow, index: Number(index[0]) });
      continue;
    }
    const key = quotedValue(scan) ?? scan.match(/[^(\-:.,>)]+(?:-(?!>)[^(\-:.,>)]+)*/)?.[0].trim();
    if (key === undefined) scan.fail("any non reserved character different from: .,>()");
    path.push({ arrow, key });
  }
}

export function field(scan: Scanner): Field {
  scan.skipBlanks();
  const name = scan.take("*") ? "*" : fieldName(scan);
  const path = jsonPath(scan);
  scan.skipBlanks();
  return { name, path };
}

export function identifier(scan: Scanner): string {
  const found = scan.match(/[\p{L}\p{Nd}_ $]+/u);
  if (found === undefined) scan.fail("letter or digit");
  return found[0].trim();
}
