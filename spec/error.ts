import { closest, distance } from "fastest-levenshtein";

/** Mistakes of a person: the message is the whole report, a line for each, made to be shown without a stack. */
export class SpecError extends Error {
  override readonly name = "SpecError";
}

/** Text of a file as it may be shown: in quotes, short, without a URL's login, and with nothing that a terminal would obey. */
export function quote(text: string): string {
  const open = text.replace(/\S+@/g, "…@");
  const short = open.length > 60 ? `${open.slice(0, 59)}…` : open;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The known word that was probably meant; undefined where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 60) return undefined;
  const candidate = closest(word.toLowerCase(), known.map((each) => each.toLowerCase()));
  const match = known.find((each) => each.toLowerCase() === candidate);
  return distance(word.toLowerCase(), candidate) <= (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))) ? match : undefined;
}
