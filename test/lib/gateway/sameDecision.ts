import { isDeepStrictEqual } from "node:util";
import type { GatewayAnswer } from "./ask.ts";
import type { GatewayRequest } from "./requests.ts";

/** What Kong's functions note for its router, and Envoy takes for any other header. */
const NOTES = ["indiesite", "indieowner"];

/** What of an answer both must agree on. Where Envoy answers by itself, it has no text and CORS headers only by chance. */
function decision({ status, body, cors, ...served }: GatewayAnswer, envoys: GatewayAnswer): unknown {
  const own = envoys.body === "" ? {} : { body };
  const seen = envoys.status === 400 || envoys.body === "" ? {} : { cors };
  return JSON.parse(JSON.stringify({ status, ...served, ...own, ...seen }));
}

/** An answer by Envoy, without what it lets pass and Kong does not. */
export function withoutNotes(answer: GatewayAnswer): GatewayAnswer {
  const kept = Object.entries(answer.headers ?? {}).filter(([name]) => !NOTES.includes(name));
  return { ...answer, headers: answer.headers && Object.fromEntries(kept) };
}

/** What differs between the two, of the same requests in the same order. */
export function differences(requests: GatewayRequest[], envoys: GatewayAnswer[], kongs: GatewayAnswer[]) {
  return requests.flatMap((request, index) => {
    const [wanted, got] = [decision(envoys[index]!, envoys[index]!), decision(kongs[index]!, envoys[index]!)];
    return isDeepStrictEqual(got, wanted) ? [] : [{ request: request.name, wanted, got }];
  });
}

export async function inBatches<T, R>(list: readonly T[], run: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < list.length; start += 32) results.push(...(await Promise.all(list.slice(start, start + 32).map(run))));
  return results;
}
