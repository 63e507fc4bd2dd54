import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Should } from "../../../../../cli/indie/doctor/should.ts";
import { checkTenants, readStatuses, renderQuestions, type TenantsIs } from "../../../../../cli/indie/doctor/tenants.ts";
import { renderTenantRequests } from "../../../../../components/services/tenantRequests.ts";
import { wellServer, whats } from "./server.ts";

let should: Should;
beforeAll(async () => {
  should = await wellServer();
});
const well = (): TenantsIs => Object.fromEntries([...should.realtimeTenants, ...should.storageTenants].map(({ urn }) => [urn, { status: 200, isMigrated: true }]));
const urn = (name: string) => should.commands.find((each) => each.name === name)!.urn;

test("where all is well nothing is found", () => expect(checkTenants(should, well())).toEqual([]));

test("of whom nobody was asked nothing is told", () => expect(checkTenants(should, {})).toEqual([]));

test("who is none is made again", () => {
  const is = { ...well(), [urn("docs-realtime-tenant")]: { status: 404 }, [urn("shop-eu-storage-tenant")]: { status: 404 } };
  expect(checkTenants(should, is)).toMatchObject([
    { rule: "tenant", project: "docs", service: "realtime", what: "docs is no tenant of Realtime", action: { do: "replay", urn: urn("docs-realtime-tenant") } },
    { rule: "tenant", project: "shop-eu", service: "storage", what: "shop-eu is no tenant of Storage", action: { do: "replay", urn: urn("shop-eu-storage-tenant") } },
  ]);
});

test("tables that are not of Storage's version", () =>
  expect(whats(checkTenants(should, { [urn("shop-eu-storage-tenant")]: { status: 200, isMigrated: false } }))).toEqual(["shop-eu's tables of Storage are not of its version"]));

test.each([[0, "no answer"], [500, "500"], [401, "401"]])("an answer that says neither: %d", (status, word) =>
  expect(checkTenants(should, { [urn("shop-eu-realtime-tenant")]: { status } })).toMatchObject([{ rule: "unanswered", what: `Realtime does not say whether shop-eu is a tenant (${word})`, fix: "by hand: npx indie logs shop-eu realtime" }]),
);

describe("the questions", () => {
  test("are the request that made the tenant, without its body, as a GET", () => {
    const stdin = (project: string) => renderTenantRequests(project, "token-of-it", { put: '{"secret":1}\n=== put', detach: "{}" });
    const text = renderQuestions([{ stdin: stdin("blog") }, { stdin: stdin("docs") }]);
    expect(text).toMatchSnapshot();
    expect(text).not.toMatch(/secret|PUT|PATCH|DELETE/);
  });

  test("their answers, in order; nothing else is one", () => {
    expect(readStatuses("200\n404\n000\n")).toEqual([200, 404, 0]);
    fc.assert(fc.property(fc.string(), (text) => readStatuses(text).every((status) => status >= 0 && status < 1000)));
  });
});
