/** A change of a text: what stands from `start` to `end`, in characters, gives way to `text`. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** Everything outside of the splices stays, to the last byte. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let edited = "";
  let at = 0;
  for (const { start, end, text: inserted } of splices.toSorted((left, right) => left.start - right.start)) {
    edited += text.slice(at, start) + inserted;
    at = end;
  }
  return edited + text.slice(at);
}
