// Every credential of a project, tried at every door of every other. docs/security.md is written from it: WRITE_SECURITY_PAGE=1.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { allDoors } from "./lib/attack/doors/index.ts";
import { plantedFiles } from "./lib/attack/doors/storagePathDoors.ts";
import { ACTIONS, CATALOGS, CATALOGS_AT_TIMES, relationsThatShow } from "./lib/attack/leaks.ts";
import { type Matrix, runMatrix } from "./lib/attack/matrix.ts";
import { type Container, containersOf } from "./lib/attack/network.ts";
import { partOfPage, renderPage, writePage } from "./lib/attack/page.ts";
import { runSql } from "./lib/attack/sql.ts";
import { createTenants, credentials, slotOf, type Tenant } from "./lib/attack/tenant.ts";
import { TestStack } from "./lib/testStack.ts";

const PROJECTS = `projects:
  - name: blog
    architecture: shared
  - name: docs
    architecture: shared
    domains: [api.docs.example.com]
  - name: shop
    architecture: isolated
`;

let stack: TestStack;
let tenants: Tenant[];
/** Before the matrix puts its own among them. */
let containers: Container[];
let matrix: Matrix;
let seconds: number;

beforeAll(async () => {
  stack = await TestStack.create(PROJECTS, { studio: "blog,docs" });
  await stack.up();
  containers = await containersOf(stack.name);
  tenants = await createTenants(stack);
  const { doors, end } = await allDoors(stack);
  const began = Date.now();
  matrix = await runMatrix(doors, tenants, credentials).finally(end);
  seconds = Math.round((Date.now() - began) / 1000);
});

afterAll(async () => {
  await stack?.remove();
});

test("every door lets its owner in, and nobody else", () => {
  console.log(`${matrix.attempts} attempts in ${seconds} s\n${renderPage(matrix.rows)}`);
  expect(matrix.failures).toEqual([]);
  expect(matrix.attempts).toBeGreaterThan(5_000);
});

test("no file was written into another project's folder", async () => {
  const { name } = containers.find(({ service, project }) => service === "storage" && project === undefined)!;
  const { found, elsewhere } = await plantedFiles(name);
  expect(found).toBeGreaterThan(2);
  expect(elsewhere).toEqual([]);
});

test("docs/security.md is current", async () => {
  const part = renderPage(matrix.rows);
  if (process.env.WRITE_SECURITY_PAGE === "1") await writePage(part);
  const page = await partOfPage();
  if (page !== part) throw new Error(`docs/security.md differs → WRITE_SECURITY_PAGE=1 with this test writes it anew. It should hold:\n${part}`);
});

describe("leaks are exactly the ones that the page names", () => {
  test.each(["owner", "authenticator", "authAdmin", "storageAdmin", "realtime"] as const)("in catalogs, as %s", async (login) => {
    const wanted = Object.keys(CATALOGS).map((name) => `pg_catalog.${name}`);
    const atTimes = Object.keys(CATALOGS_AT_TIMES).map((name) => `pg_catalog.${name}`);
    const search = async (attacker: Tenant) => {
      const victims = tenants.filter((tenant) => tenant !== attacker);
      const shown = Object.entries(await relationsThatShow(stack.postgresPort, attacker, login, victims));
      const always = shown.map(([victim, names]) => [attacker.name, victim, names.filter((name) => !atTimes.includes(name))]);
      expect(always).toEqual(victims.map((victim) => [attacker.name, victim.name, wanted]));
    };
    await Promise.all(tenants.map(search));
  });

  test.each(ACTIONS)("$title", async ({ statements, login, replication }) => {
    const [attacker, victim] = tenants as [Tenant, Tenant];
    const { database, roles, passwords } = attacker;
    const at = { port: stack.postgresPort, database, user: roles[login], password: passwords[login], replication };
    const answer = await runSql(at, ...(await statements(victim, (...sql) => stack.sql(...sql))));
    expect(answer).toMatchObject({ result: "granted" });
  });

  test("who is no replication role copies nothing and drops no slot", async () => {
    const [, attacker, victim] = tenants as [Tenant, Tenant, Tenant];
    const { database, roles, passwords } = attacker;
    for (const login of ["owner", "authenticator", "authAdmin", "storageAdmin"] as const) {
      const at = { port: stack.postgresPort, database, user: roles[login], password: passwords[login] };
      expect(await runSql(at, `select pg_drop_replication_slot('${slotOf(victim)}')`)).toMatchObject({ result: "refused", outcome: "not permitted" });
      expect(await runSql({ ...at, replication: true }, "IDENTIFY_SYSTEM")).toMatchObject({ result: "refused", outcome: "not permitted" });
    }
  });
});

test("only the edge listens for others than this server, and of the rest only the door to Postgres listens at all", () => {
  const published = containers.filter((container) => container.published.length > 0).map(({ service, published }) => [service, published]);
  expect(published.sort()).toEqual([
    ["door", [`127.0.0.1:${stack.postgresPort}`]],
    // Here `bind` is 127.0.0.1 too, as where `domain` is localhost.
    ["edge", [`127.0.0.1:${stack.httpPort}`]],
  ]);
});
