import { expect, test } from "@jest/globals";
import { readSettings } from "../../../images/acme/settings.ts";

const env = { ISSUER: "letsencrypt", ACME_EMAIL: "me@example.com" };

test("Let's Encrypt and Hetzner where nothing else is named", () => {
  expect(readSettings(env)).toEqual({ issuer: "letsencrypt", acme: { email: "me@example.com", server: "https://acme-v02.api.letsencrypt.org/directory", serverRoots: undefined, dns: undefined } });
  expect(readSettings({ ...env, ISSUER: "letsencrypt-dns", DNS_TOKEN: "t", DNS_API: "" }).acme!.dns).toEqual({ api: "https://api.hetzner.cloud/v1", token: "t" });
});

test("another CA", () => {
  const { acme } = readSettings({ ...env, ACME_SERVER: "https://ca/dir", ACME_SERVER_ROOTS: "/roots.pem" });
  expect([acme!.server, acme!.serverRoots]).toEqual(["https://ca/dir", "/roots.pem"]);
});

test("without a CA there is nothing to tell", () => expect([readSettings({ ISSUER: "manual" }), readSettings({ ISSUER: "self-signed" })]).toEqual([{ issuer: "manual" }, { issuer: "self-signed" }]));

test.each([
  [{}, "no ISSUER"],
  [{ ISSUER: "off" }, "no ISSUER"],
  [{ ISSUER: "letsencrypt" }, "no ACME_EMAIL"],
])("%j", (given, error) => expect(() => readSettings(given)).toThrow(error));
