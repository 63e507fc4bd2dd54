// Windows of rows: `limit`, `offset`, the `Range` header (references/api/pagination_count.rst; src/PostgREST/RangeQuery.hs at v14.17).
import { invalidRange } from "./errors.ts";
import type { Window } from "./queryParams.ts";

export const ALL: Window = { offset: 0, limit: undefined };

/** `Range: 0-9`, `10-`; anything else is passed over. */
function headerWindow(header: string | undefined): Window {
  const found = /^(\d+)-(\d*)$/.exec(header ?? "");
  if (found === null) return ALL;
  const offset = Number(found[1]);
  if (found[2] === "") return { offset, limit: undefined };
  const limit = Number(found[2]) - offset + 1;
  if (limit <= 0) throw invalidRange("The lower boundary must be lower than or equal to the upper boundary in the Range header.");
  return { offset, limit };
}

function intersect(a: Window, b: Window): Window {
  const offset = Math.max(a.offset, b.offset);
  const ends = [a, b].filter((one) => one.limit !== undefined).map((one) => one.offset + one.limit!);
  return { offset, limit: ends.length === 0 ? undefined : Math.min(...ends) - offset };
}

/** The rows of the root. `limit=0` is allowed and wins over the header. */
export function topLevelWindow(method: string, header: string | undefined, given: Window): Window {
  if (given.limit === 0) return { offset: 0, limit: 0 };
  const window = intersect(method === "GET" ? headerWindow(header) : ALL, given);
  if (window.limit !== undefined && window.limit <= 0) throw invalidRange("Limit should be greater than or equal to zero.");
  return window;
}

/** `db-max-rows` */
export function restrict(window: Window, maxRows: number | undefined): Window {
  if (maxRows === undefined) return window;
  return { offset: window.offset, limit: Math.min(window.limit ?? maxRows, maxRows) };
}

export function contentRange(lower: number, upper: number, total: number | undefined): string {
  const rows = total !== 0 && lower <= upper ? `${lower}-${upper}` : "*";
  return `${rows}/${total ?? "*"}`;
}

/** 206 when there is more than what is answered, 416 when the offset is behind the end; without a count always 200. */
export function rangeStatus(lower: number, upper: number, total: number | undefined): 200 | 206 | 416 {
  if (total === undefined) return 200;
  if (lower > total) return 416;
  return 1 + upper - lower < total ? 206 : 200;
}
