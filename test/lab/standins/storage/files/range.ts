import { errors } from "../errors.ts";

export type ByteRange = { readonly from: number; readonly to: number };

/** One range of `bytes=…`; its end is cut at the file's. @throws StorageError InvalidRange */
export function parseRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header);
  if (!match || (match[1] === "" && match[2] === "")) throw errors.invalidRange();
  const last = size - 1;
  const range =
    match[1] === ""
      ? { from: Math.max(size - Number(match[2]), 0), to: last }
      : { from: Number(match[1]), to: match[2] === "" ? last : Math.min(Number(match[2]), last) };
  if (range.from > range.to) throw errors.invalidRange();
  return range;
}
