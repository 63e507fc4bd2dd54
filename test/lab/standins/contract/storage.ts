import { bucketCases } from "./storageBuckets.ts";
import type { ContractCase, Query, StorageTarget } from "./storageClient.ts";
import { changeCases } from "./storageChanges.ts";
import { databaseCases } from "./storageDatabase.ts";
import { listCases } from "./storageLists.ts";
import { objectCases } from "./storageObjects.ts";
import { policyCases } from "./storagePolicies.ts";
import { signedCases } from "./storageSigned.ts";
import { tusCases } from "./storageTus.ts";

export type { ContractCase, Query, StorageTarget } from "./storageClient.ts";
export { tenantCases as storageTenantsContract } from "./storageTenants.ts";

/**
 * What Storage answers, from outside. In a jest file: `for (const { name, run } of storageContract(() => target)) test(name, run)`.
 * @param target read when a case runs, so that `beforeAll` can start what it points at
 */
export function storageContract(target: () => StorageTarget): ContractCase[] {
  return [...bucketCases(target), ...objectCases(target), ...listCases(target), ...changeCases(target), ...signedCases(target), ...tusCases(target)];
}

/** What policies and users' SQL meet. @param query runs SQL as a superuser in Storage's database */
export function storageDatabaseContract(target: () => StorageTarget, query: Query): ContractCase[] {
  return [...policyCases(target, query), ...databaseCases(target, query)];
}
