import type { AuthTarget, ContractCase } from "./authClient.ts";
import { adminCases } from "./authAdmin.ts";
import { confirmationCases } from "./authConfirmation.ts";
import { databaseCases, type Query } from "./authDatabase.ts";
import { httpCases } from "./authHttp.ts";
import { linkCases } from "./authLinks.ts";
import { sessionCases } from "./authSessions.ts";

export type { AuthTarget, ContractCase } from "./authClient.ts";

/**
 * What Auth answers, from outside. In a jest file:
 * `for (const { name, run } of authContract(() => target)) test(name, run)`.
 * @param target read when a case runs, so that `beforeAll` can start what it points at
 */
export function authContract(target: () => AuthTarget): ContractCase[] {
  return [...httpCases(target), ...sessionCases(target), ...adminCases(target), ...linkCases(target)];
}

/** The same, for an Auth with GOTRUE_MAILER_AUTOCONFIRM=false. */
export function authConfirmationContract(target: () => AuthTarget): ContractCase[] {
  return confirmationCases(target);
}

/** What Auth leaves in its database and what a user's SQL meets there. @param query runs SQL as a superuser in that database */
export function authDatabaseContract(target: () => AuthTarget, query: Query): ContractCase[] {
  return databaseCases(target, query);
}
