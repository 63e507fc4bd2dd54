import { afterAll, beforeAll, describe, test } from "@jest/globals";
import { storageContract, storageDatabaseContract } from "../../../lab/standins/contract/storage.ts";
import { prepareCluster, prepareDatabase, startStorage, type StorageProcess } from "../../../lab/standins/contract/storageProcess.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";

let postgres: TemporaryPostgres;
let storage: StorageProcess;

beforeAll(async () => {
  postgres = await startPostgres();
  await prepareCluster(postgres);
  storage = await startStorage({ DATABASE_URL: await prepareDatabase(postgres) });
});

afterAll(async () => {
  await storage?.stop();
  await postgres?.stop();
});

describe("lab-storage keeps the contract of Supabase Storage", () => {
  for (const { name, run } of storageContract(() => storage.target)) test(name, run);
});

describe("in the database", () => {
  for (const { name, run } of storageDatabaseContract(() => storage.target, (text, values) => postgres.sql(text, values))) test(name, run);
});
