import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { quoteIdentifier, renderTenancySql } from "../../../components/database/tenancySql.ts";
import { roleNames } from "../../../spec/names.ts";
import { mockEngine } from "../lib/mocks.ts";

test("tenancy SQL", () => {
  expect(renderTenancySql({ database: "shop_eu", roles: roleNames("shop-eu") })).toMatchSnapshot();
});

describe("quoteIdentifier", () => {
  test("nothing in a name ends the identifier", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const quoted = quoteIdentifier(name);
        // Inside the outer quotes each quote is doubled, so an odd one, which would end it, can not be.
        expect(quoted.slice(1, -1).replaceAll('""', "")).not.toContain('"');
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(name);
      }),
    );
  });
});

describe("nginx", () => {
  test("site and upstream", async () => {
    await mockEngine();
    const { renderSite } = await import("../../../components/nginxRoute.ts");
    const { renderUpstream } = await import("../../../components/edge.ts");
    expect(renderSite({ hosts: ["blog.localhost", "api.example.com"], upstream: "shared" })).toMatchSnapshot();
    expect(renderUpstream("shared", { container: "gateway-1a2b3c4", port: 8000 })).toMatchSnapshot();
    expect(renderSite({ hosts: ["studio.blog.localhost"], upstream: "studio.blog", passwords: "studio.blog" })).toMatchSnapshot();
  });
});
