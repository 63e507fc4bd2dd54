import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFileSync } from "node:fs";
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

  test("a site with HTTPS: the way there, and a server for each host with its own certificate", async () => {
    const { renderHttps, renderRedirect } = await import("../../../components/nginxRoute.ts");
    const { certificateOf } = await import("../../../spec/tls.ts");
    const site = { hosts: ["blog.example.com", "blog.example.net"], upstream: "shared" };
    const nameOf = (host: string) => certificateOf(host, { domain: "example.com", tls: { issuer: "letsencrypt-dns" } }).name;
    expect([renderRedirect(site, 443), renderRedirect({ hosts: ["blog.localhost"] }, 8443)].join("")).toMatchSnapshot();
    expect(renderHttps(site, nameOf)).toMatchSnapshot();
    expect(renderHttps({ hosts: ["studio.blog.example.com"], upstream: "studio.blog", passwords: "studio.blog" }, nameOf)).toMatchSnapshot();
  });
});

describe("the edge's own files", () => {
  const files = async (httpsPort?: number) => {
    const { edgeUploads } = await import("../../../components/edge/configuration.ts");
    return Object.fromEntries(edgeUploads(httpsPort).map(({ file, content }) => [file, content]));
  };
  const asItStands = (name: string) => readFileSync(new URL(`../../../components/edge/${name}`, import.meta.url), "utf8");

  test("without HTTPS they are as they stand, and what it begins with as it was", async () => {
    const { edgeEntrypoint } = await import("../../../components/edge/configuration.ts");
    expect(await files()).toEqual(Object.fromEntries(["nginx.conf", "proxy.conf", "file.sh"].map((name) => [`/etc/nginx/${name}`, asItStands(name)])));
    expect(edgeEntrypoint(false)).toEqual(["bash", "-c", "mkdir -p /etc/nginx/live/{sites,upstreams} && touch /etc/nginx/live/generation.conf && exec nginx"]);
  });

  test("with HTTPS", async () => {
    const { edgeEntrypoint } = await import("../../../components/edge/configuration.ts");
    const made = await files(8443);
    expect(made["/etc/nginx/nginx.conf"]).toMatchSnapshot();
    expect(made["/etc/nginx/proxy.conf"]).toContain("proxy_set_header X-Forwarded-Port 8443;");
    expect((await files(443))["/etc/nginx/proxy.conf"]).toContain("proxy_set_header X-Forwarded-Port 443;");
    expect(Object.keys(made).sort()).toEqual(["file.sh", "nginx.conf", "proxy.conf", "tls.conf", "watch.sh"].map((name) => `/etc/nginx/${name}`));
    expect(edgeEntrypoint(true)).toMatchSnapshot();
  });

  test("what an edge with HTTPS leaves among the sites needs no file that one without has not", async () => {
    const { renderRedirect } = await import("../../../components/nginxRoute.ts");
    expect(renderRedirect({ hosts: ["blog.example.com"] }, 443)).not.toMatch(/include|ssl/);
  });
});
