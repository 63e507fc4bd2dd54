import { beforeAll, describe, expect, test } from "@jest/globals";
import { certificateOutputs, readCertificateStatus } from "../../../components/certificateStatus.ts";
import { LETS_ENCRYPT } from "../../../spec/tls.ts";
import type { StackConfig } from "../../../spec/stackConfig.ts";
import type { Registered } from "../lib/mocks.ts";
import { ISOLATED, program, PROJECT, STACK } from "../lib/program.ts";

const TOKEN = "the-token-of-the-dns";
const HTTPS: StackConfig = { ...STACK, domain: "example.com", bind: "0.0.0.0", httpsPort: 8443, tls: { issuer: "letsencrypt-dns", email: "me@example.com", server: LETS_ENCRYPT }, dnsApi: "https://dns.example.com/v1" };
const SHOP = { ...PROJECT, domains: ["shop.example.net"] };
const DOCS = { ...ISOLATED, name: "docs" };

let registered: Registered[];
let outputs: Awaited<ReturnType<typeof program>>["outputs"];

beforeAll(async () => {
  process.env.PULUMI_CONFIG = JSON.stringify({ "indie-ventures:dnsToken": TOKEN });
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(["indie-ventures:dnsToken"]);
  ({ registered, outputs } = await program([SHOP, DOCS], HTTPS));
});

const named = (name: string, type = ":Command") => registered.find((resource) => resource.name === name && resource.type.endsWith(type))!;
const environment = (name: string) => named(name).inputs.environment as Record<string, string>;
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

describe("the container", () => {
  test("has a network of its own, both volumes, a limit, no port, no capability, and stays as one", () => {
    const { inputs, deleteBeforeReplace } = named("acme", ":Container");
    expect(inputs).toMatchObject({
      ...{ name: "iv-dev-acme", memory: 160, networkMode: "bridge", networksAdvanced: [{ name: "iv-dev-acme" }], capabilities: { drops: ["ALL"] } },
      volumes: [
        { volumeName: "iv-dev-certificates", containerPath: "/certificates" },
        { volumeName: "iv-dev-acme", containerPath: "/var/lib/indie-ventures-acme" },
      ],
    });
    expect([inputs.ports, (inputs.capabilities as { adds?: string[] }).adds, deleteBeforeReplace]).toEqual([undefined, undefined, true]);
    expect(named("acme", ":Network").inputs.internal).toBe(false);
    expect(registered.filter(({ type, inputs: { networksAdvanced } }) => type.endsWith(":Container") && JSON.stringify(networksAdvanced).includes("iv-dev-acme")).map(({ name }) => name)).toEqual(["acme"]);
  });

  test("knows by its environment, as a secret, whom to ask", () => {
    const { envs } = named("acme", ":Container").inputs as { envs: unknown };
    expect(JSON.stringify(envs)).toContain(SECRET);
    expect((envs as { value: string[] }).value).toEqual(["ISSUER=letsencrypt-dns", `ACME_SERVER=${LETS_ENCRYPT}`, "ACME_EMAIL=me@example.com", "DNS_API=https://dns.example.com/v1", `DNS_TOKEN=${TOKEN}`]);
    const others = registered.filter(({ name }) => name !== "acme").map(({ inputs }) => JSON.stringify(inputs));
    expect(others.filter((text) => text.includes(TOKEN))).toEqual([]);
  });

  test("what it has stays on the server when HTTPS is turned off", () => {
    for (const volume of ["certificates", "acme"]) expect(named(volume, ":Volume")).toMatchObject({ protect: false, retainOnDelete: true });
  });
});

describe("what is wanted", () => {
  test("each project's hosts, its Studio's too, and the common one", () => {
    expect(["api", "shop-eu", "docs"].map((owner) => [environment(`${owner}-certificates`).OWNER, JSON.parse(named(`${owner}-certificates`).inputs.stdin as string)])).toEqual([
      ["api", { names: [{ name: "_.example.com", domain: "*.example.com", challenge: "dns-01" }] }],
      ["shop-eu", { names: [{ name: "_.example.com", domain: "*.example.com", challenge: "dns-01" }, { name: "shop.example.net", challenge: "http-01" }] }],
      ["docs", { names: [{ name: "_.example.com", domain: "*.example.com", challenge: "dns-01" }, { name: "studio.docs.example.com", challenge: "dns-01" }] }],
    ]);
    expect(named("docs-certificates").inputs).toMatchObject({ create: expect.stringContaining('sh tell.sh want "$OWNER"'), delete: expect.stringContaining('sh tell.sh unwant "$OWNER"') });
    expect(named("docs-certificates").dependencies).toContain("acme");
  });

  test("no site is written before its certificates are there, and nobody is sent to HTTPS before that answers", () => {
    const sites: [site: string, owner: string][] = [["api", "api"], ["shop-eu", "shop-eu"], ["docs", "docs"], ["studio.docs", "docs"]];
    for (const [site, owner] of sites) {
      expect([site, named(`${site}-https`).dependencies]).toEqual([site, expect.arrayContaining([`${owner}-certificates`])]);
      expect([site, named(`${site}-site`).dependencies]).toEqual([site, expect.arrayContaining([`${site}-https`])]);
    }
    expect(named("shop-eu-https").dependencies).toEqual(expect.arrayContaining(["shop-eu-fragment", "shared-upstream"]));
    expect(named("shop-eu-https").inputs.stdin).toContain("ssl_certificate /etc/nginx/certificates/live/shop.example.net/fullchain.pem;");
    expect(named("shop-eu-site").inputs.stdin).toContain("return 308 https://$host:8443$request_uri;");
  });
});

test("the edge publishes HTTPS beside HTTP, and can not write certificates", () => {
  expect(named("edge", ":Container").inputs).toMatchObject({
    ports: [
      { internal: 80, external: 80, ip: "0.0.0.0" },
      { internal: 443, external: 8443, ip: "0.0.0.0" },
    ],
    volumes: [{ volumeName: "iv-dev-edge" }, { volumeName: "iv-dev-certificates", containerPath: "/etc/nginx/certificates", readOnly: true }],
  });
});

test("addresses are https, also those that services know", () => {
  expect(outputs["shop-eu"]!.url).toBe("https://shop-eu.example.com:8443");
  expect(JSON.stringify(named("shop-eu-auth", ":Container").inputs.envs)).toContain("API_EXTERNAL_URL=https://shop-eu.example.com:8443/auth/v1");
  expect(JSON.stringify(named("docs-storage", ":Container").inputs.envs)).toContain("STORAGE_PUBLIC_URL=https://docs.example.com:8443");
  expect(JSON.stringify(named("shop-eu-fragment").inputs.stdin)).toContain("shop-eu.example.com:8443");
});

describe("what is known of them", () => {
  const status = {
    "_.example.com": { issuer: "Let's Encrypt E7", validUntil: "2027-02-20T00:00:00.000Z", owners: ["api", "shop-eu"] },
    "shop.example.net": { issuer: "placeholder", validUntil: "2026-12-28T00:00:00.000Z", lastError: { at: "2026-11-28T07:00:00.000Z", text: "no such host", next: "2026-11-28T07:15:00.000Z" }, owners: ["shop-eu"] },
  };
  const answers = (failed: boolean, stdout = "") => async () => ({ failed, stdout, said: "" });

  test("by host, in the outputs of its project", async () => {
    expect(await readCertificateStatus(HTTPS, answers(false, JSON.stringify(status)))).toEqual(status);
    expect(certificateOutputs(SHOP, HTTPS, status)).toEqual({
      certificates: {
        "shop-eu.example.com": { issuer: "Let's Encrypt E7", validUntil: "2027-02-20T00:00:00.000Z" },
        "shop.example.net": { issuer: "placeholder", validUntil: "2026-12-28T00:00:00.000Z", lastError: { at: "2026-11-28T07:00:00.000Z", text: "no such host", next: "2026-11-28T07:15:00.000Z" } },
      },
    });
  });

  test("nothing before the container runs, and no word of it without HTTPS", async () => {
    expect(await readCertificateStatus(HTTPS, answers(true))).toEqual({});
    expect(certificateOutputs(SHOP, HTTPS, {})).toEqual({ certificates: {} });
    expect(await readCertificateStatus(STACK, () => Promise.reject(new Error("asked")))).toEqual({});
    expect(certificateOutputs(SHOP, STACK, status)).toEqual({});
  });
});
