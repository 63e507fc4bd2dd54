import { expect } from "@jest/globals";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

/** Of what comes about by itself, such as that services find Postgres again. */
export async function eventually(look: () => Promise<unknown>, wanted: unknown): Promise<void> {
  for (const until = Date.now() + 60_000; ; await sleep(500)) {
    const found = await look().catch(String);
    if (isDeepStrictEqual(found, wanted) || Date.now() > until) return expect(found).toEqual(wanted);
  }
}
