// The stand-in for PostgREST as a process of its own, on a real Postgres, under the contract that upstream's image is held to.
import { afterAll, beforeAll } from "@jest/globals";
import jsonwebtoken from "jsonwebtoken";
import { restContract } from "../../../lab/standins/contract/rest.ts";
import { startPostgres } from "../../../lab/standins/contract/restPostgres.ts";
import type { TemporaryPostgres } from "../../../lab/standins/contract/restPostgres.ts";
import { ROLES, uriOf, startRest } from "../../../lab/standins/contract/restProcess.ts";
import type { RestProcess } from "../../../lab/standins/contract/restProcess.ts";

const jwtSecret = "a-secret-of-more-than-32-characters-for-the-contract";
const key = (role: string): string => jsonwebtoken.sign({ role, iss: "lab", iat: 1700000000, exp: 4000000000 }, jwtSecret);

let postgres: TemporaryPostgres;
let rest: RestProcess;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.sql(ROLES);
  rest = await startRest({ PGRST_DB_URI: uriOf(postgres.port), PGRST_DB_ANON_ROLE: "anon", PGRST_JWT_SECRET: jwtSecret, PGRST_DB_MAX_ROWS: "1000" });
}, 60_000);

afterAll(async () => {
  await rest?.stop();
  await postgres?.stop();
});

restContract({
  get baseUrl() {
    return rest.url;
  },
  anonKey: key("anon"),
  serviceRoleKey: key("service_role"),
  jwtSecret,
  sql: (text) => postgres.sql(text),
});
