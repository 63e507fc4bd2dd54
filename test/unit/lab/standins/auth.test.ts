import { afterAll, beforeAll, describe, jest, test } from "@jest/globals";
import { authConfirmationContract, authContract, authDatabaseContract } from "../../../lab/standins/contract/auth.ts";
import { prepareDatabase, startAuth, type AuthProcess } from "../../../lab/standins/contract/authProcess.ts";
import { startPostgres, type TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";

// bcrypt in JavaScript, and two cores for everybody.
jest.setTimeout(60_000);

let postgres: TemporaryPostgres;
let open: AuthProcess;
let confirming: AuthProcess;

beforeAll(async () => {
  postgres = await startPostgres();
  const GOTRUE_DB_DATABASE_URL = await prepareDatabase(postgres);
  // Both at once on an empty schema: the advisory lock lets one migrate.
  [open, confirming] = await Promise.all([
    startAuth({ GOTRUE_DB_DATABASE_URL }),
    startAuth({ GOTRUE_DB_DATABASE_URL, GOTRUE_MAILER_AUTOCONFIRM: "false" }),
  ]);
});

afterAll(async () => {
  await open?.stop();
  await confirming?.stop();
  await postgres?.stop();
});

describe("lab-auth keeps the contract of GoTrue v2.196.0", () => {
  for (const { name, run } of authContract(() => open.target)) test(name, run);
});

describe("with confirmation by mail", () => {
  for (const { name, run } of authConfirmationContract(() => confirming.target)) test(name, run);
});

describe("in the database", () => {
  for (const { name, run } of authDatabaseContract(() => open.target, (text, values) => postgres.sql(text, values))) test(name, run);
});
