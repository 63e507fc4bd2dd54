import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import jwt from "jsonwebtoken";
import { detachedBody, realtimeEnvironment, tenantApiToken, tenantBody } from "../../../../components/services/realtime.ts";
import { renderTenantRequests } from "../../../../components/services/tenantRequests.ts";

const DATABASE = { name: "shop_eu", user: "shop_eu_realtime", password: "0a1b" };

test("the environment", () => {
  const secrets = { encryptionKey: "k".repeat(16), apiJwtSecret: "api", metricsJwtSecret: "metrics", secretKeyBase: "c".repeat(64) };
  expect(realtimeEnvironment({ ...secrets, database: DATABASE, slotNameSuffix: "shop_eu" })).toMatchSnapshot();
});

describe("a tenant", () => {
  const body = JSON.parse(tenantBody({ tenant: "shop-eu", jwtSecret: "secret", jwks: '{"keys":[{"kty":"oct"}]}', database: DATABASE }));

  test("is known by the project's name, and its database is the project's", () => {
    expect(body).toMatchSnapshot();
  });

  test("has a slot of its own, without the word by which Realtime ends slots at a deletion", () => {
    expect(body.tenant.extensions[0].settings.slot_name).toBe("iv_shop_eu");
    expect(body.tenant.extensions[0].settings.slot_name).not.toContain("realtime");
  });

  test("that has moved away is left without a database, and with every setting that Realtime asks for", () => {
    const detached = JSON.parse(detachedBody()).tenant.extensions[0].settings;
    expect(Object.keys(detached)).toEqual(Object.keys(body.tenant.extensions[0].settings));
    expect([detached.db_host, detached.db_port]).toEqual(["127.0.0.1", "1"]);
  });
});

test("the token of the tenant API never changes by itself, and never ends", () => {
  const token = tenantApiToken("secret");
  expect(token).toBe(tenantApiToken("secret"));
  expect(jwt.verify(token, "secret")).toEqual({ role: "service_role" });
});

describe("what curl is told", () => {
  test("the requests", () => {
    expect(renderTenantRequests("shop-eu", "a.b.c", { put: '{"a":1}', detach: '{"b":2}' })).toMatchSnapshot();
  });

  test("no body ends its quotes, or its line", () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        const text = renderTenantRequests("shop", "t", { put: body, detach: "{}" });
        const lines = text.split("\n").filter((line) => line.startsWith("data-raw"));
        expect(lines).toHaveLength(2);
        expect(unquoted(lines[0]!.slice("data-raw = ".length))).toBe(body);
      }),
    );
  });
});

/** As curl reads it: a backslash and t, n, r or v stand for a control character, and with any other for that (curl.1, --config). */
const unquoted = (text: string): string =>
  text.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => ({ t: "\t", n: "\n", r: "\r", v: "\v" })[character] ?? character);
