/** What went wrong, in words for the person who reads it: what, where, and what to do. Its text holds no secret. */
export class Stop extends Error {}

/** A text that others sent, on one line: no line break begins a line that looks like ours, no control character moves a terminal's cursor. */
export const shown = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** As long as a line of the status may be. */
const LENGTH = 300;

export const short = (text: string): string => (text.length <= LENGTH ? text : `${text.slice(0, LENGTH - 1)}…`);

/** An error for people, in one line; what is none of ours stands there as its program says it. */
export const inWords = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return short(shown(text.trim().split("\n", 1)[0] ?? ""));
};
