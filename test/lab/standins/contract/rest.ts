// The contract of PostgREST 14.17 as far as the lab relies on it: the same suite runs on the stand-in and on upstream's image.
import { afterAll, beforeAll, beforeEach, describe } from "@jest/globals";
import { authContract } from "./restAuth.ts";
import { embedContract } from "./restEmbed.ts";
import { clientOf, createFixture, dropFixture, resetRows } from "./restFixture.ts";
import type { RestTarget } from "./restFixture.ts";
import { readContract } from "./restRead.ts";
import { rpcContract } from "./restRpc.ts";
import { writeContract } from "./restWrite.ts";

export type { RestTarget } from "./restFixture.ts";

/**
 * Declares the tests, to be called inside a jest file. PostgREST has to run with the schema `public`, the anonymous role of `anonKey`,
 * `db-max-rows` 1000 or none, no aggregates, and `db-tx-end` commit.
 * @param target its fields are read when a test runs; `sql` makes and drops tables `public.contract_…`
 */
export function restContract(target: RestTarget): void {
  const ask = clientOf(target);
  describe("contract of PostgREST", () => {
    beforeAll(() => createFixture(target), 60_000);
    afterAll(async () => {
      await dropFixture(target);
    });
    beforeEach(async () => {
      await resetRows(target);
    });
    describe("reads", () => readContract(ask));
    describe("embedding", () => embedContract(ask));
    describe("writes", () => writeContract(ask, target));
    describe("functions", () => rpcContract(ask, target));
    describe("tokens, roles, schemas", () => authContract(ask, target));
  });
}
