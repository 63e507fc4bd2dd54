// The stand-in for Realtime as a process of its own, on the lab's Postgres, under the contract that upstream's image is held to.
import { afterAll, beforeAll, describe, jest, test } from "@jest/globals";
import { realtimeContract, type RealtimeTarget } from "../../../lab/standins/contract/realtime.ts";
import { type LabPostgres, startLabPostgres } from "../../../lab/standins/contract/realtimePostgres.ts";
import {
  databaseVariables, makeMetadata, makeTenant, type RealtimeProcess, startRealtime, targetOf,
} from "../../../lab/standins/contract/realtimeProcess.ts";

jest.setTimeout(60_000);

let postgres: LabPostgres;
let realtime: RealtimeProcess;
let target: RealtimeTarget;

beforeAll(async () => {
  postgres = await startLabPostgres();
  const tenants = [await makeTenant(postgres, "blog"), await makeTenant(postgres, "shop")] as const;
  realtime = await startRealtime(databaseVariables(await makeMetadata(postgres)));
  target = targetOf(realtime, tenants);
}, 900_000);

afterAll(async () => {
  await realtime?.stop();
  await postgres?.stop();
});

describe("lab-realtime keeps the contract of Realtime v2.129.8", () => {
  for (const { name, run } of realtimeContract(() => target)) test(name, run);
});
