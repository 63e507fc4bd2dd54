/** What went wrong, in words for the person who reads it: what, where, and what to do. Its text holds no secret. */
export class Stop extends Error {}

/** A name as it was given, on one line: no line break begins a line that looks like ours, no control character moves a terminal's cursor. */
export const shown = (name: string): string =>
  name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** What a program of others said, short enough for a line; data of a row stands after the first line, and is left out. */
export const firstLine = (text: string): string => shown(text.trim().split("\n", 1)[0] ?? "").slice(0, 300);
