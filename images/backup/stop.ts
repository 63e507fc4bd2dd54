/** What went wrong, in words for the person who reads it: what, where, and what to do. Its text holds no secret. */
export class Stop extends Error {}

/** What a program of others said, short enough for a line; data of a row stands after the first line, and is left out. */
export const firstLine = (text: string): string => (text.trim().split("\n", 1)[0] ?? "").slice(0, 300);
