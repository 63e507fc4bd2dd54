import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseHost } from "../../../spec/hosts.ts";
import { readStackConfig } from "../../../spec/stackConfig.ts";
import { certificateOf, certificatesOf, ISSUERS, LETS_ENCRYPT, readTls } from "../../../spec/tls.ts";
import { hostsOfProject, hostsOfServer, projectUrl, studioUrl } from "../../../spec/url.ts";
import { errorOf } from "./reportOf.ts";

const DOMAIN = { domain: "example.com" };
const read = (settings: Record<string, string>) => readStackConfig((key) => settings[key], "prod");
const withTls = (tls: unknown, settings: Record<string, string> = DOMAIN) => ({ ...settings, tls: typeof tls === "string" ? tls : JSON.stringify(tls) });
const reportOf = (tls: unknown, settings?: Record<string, string>) => errorOf(() => read(withTls(tls, settings)));

describe("the setting tls", () => {
  test("is off where nothing is said", () => expect(read({})).toMatchObject({ tls: { issuer: "off", server: LETS_ENCRYPT }, httpsPort: 443, dnsApi: "https://api.hetzner.cloud/v1" }));

  test.each<[Record<string, string>, Record<string, string>?]>([
    [{ issuer: "off", email: "me@example.com" }],
    [{ issuer: "letsencrypt", email: "me@example.com" }],
    [{ issuer: "letsencrypt", email: "me+acme@example.com", server: "https://acme.example.net:14000/dir", serverRoots: "roots.pem" }],
    [{ issuer: "letsencrypt-dns", email: "me@example.com" }, { ...DOMAIN, dnsToken: "" }],
    [{ issuer: "manual", certificates: "/etc/certificates" }, {}],
    [{ issuer: "self-signed" }, {}],
  ])("%j", (...[tls, settings]) => expect(read(withTls(tls, settings)).tls).toEqual({ server: LETS_ENCRYPT, ...tls }));

  test.each<[unknown, string, Record<string, string>?]>([
    ["letsencrypt", `indie-ventures:tls  must have fields, such as issuer, and is "letsencrypt" → pulumi config set --path indie-ventures:tls.issuer letsencrypt --stack prod`],
    ["[]", `indie-ventures:tls  must have fields, such as issuer, and is "[]" → pulumi config set --path indie-ventures:tls.issuer letsencrypt --stack prod`],
    [{}, "indie-ventures:tls.issuer  is missing: it says who makes certificates → pulumi config set --path indie-ventures:tls.issuer letsencrypt --stack prod"],
    [{ issuer: "acme" }, `indie-ventures:tls.issuer  must be letsencrypt, letsencrypt-dns, manual, self-signed or off, not "acme" → pulumi config set --path indie-ventures:tls.issuer letsencrypt --stack prod`],
    [{ issuer: true }, `indie-ventures:tls.issuer  must be letsencrypt, letsencrypt-dns, manual, self-signed or off, not "true" → pulumi config set --path indie-ventures:tls.issuer letsencrypt --stack prod`],
    [{ issuer: "letsencrypt" }, "indie-ventures:tls.email  is missing: the account at the authority is made with it → pulumi config set --path indie-ventures:tls.email you@example.com --stack prod"],
    [{ issuer: "letsencrypt", email: "--help@example.com" }, `indie-ventures:tls.email  must be an address of mail, not "…@example.com" → pulumi config set --path indie-ventures:tls.email you@example.com --stack prod`],
    [{ issuer: "letsencrypt", email: "me@example.com", server: "http://acme.example.net" }, `indie-ventures:tls.server  must be an address that begins with https://, not "http://acme.example.net" → pulumi config set --path indie-ventures:tls.server ${LETS_ENCRYPT} --stack prod`],
    [{ issuer: "letsencrypt", email: "me@example.com", server: "https://me:s3cret@acme.example.net" }, `indie-ventures:tls.server  must be an address that begins with https://, not "…@acme.example.net" → pulumi config set --path indie-ventures:tls.server ${LETS_ENCRYPT} --stack prod`],
    [{ issuer: "manual" }, "indie-ventures:tls.certificates  is missing: the folder of the certificates' files → pulumi config set --path indie-ventures:tls.certificates certificates --stack prod"],
    [{ issuer: "self-signed", emial: "x" }, `indie-ventures:tls  has the unknown field "emial"; did you mean email? → pulumi config rm --path indie-ventures:tls.emial --stack prod`],
    [{ issuer: "self-signed", "a;b": "x" }, `indie-ventures:tls  has the unknown field "a;b"; it knows issuer, email, server, serverRoots, certificates → take it out of Pulumi.prod.yaml`],
    [{ issuer: "letsencrypt", email: "me@example.com" }, "indie-ventures:tls.issuer  is letsencrypt, and no certificate authority gives a certificate for what is below localhost, as the hosts of this server are → pulumi config set --path indie-ventures:tls.issuer self-signed --stack prod", {}],
    [{ issuer: "letsencrypt-dns", email: "me@example.com" }, "indie-ventures:dnsToken  is missing: with it the records in the DNS are written that example.com is shown to be yours by → pulumi config set --secret indie-ventures:dnsToken --stack prod"],
  ])("%j", (...[tls, says, settings]) => expect(reportOf(tls, settings)).toBe(says));

  test("whatever is written, it is read or there is a report, and nothing else", () => {
    const anything = fc.oneof(fc.string(), fc.json(), fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("issuer", "email", "server", "certificates")), fc.oneof(fc.string(), fc.integer(), fc.constantFrom(...ISSUERS, null))).map((each) => JSON.stringify(each)));
    fc.assert(
      fc.property(anything, (text) => {
        const { tls, mistakes } = readTls(text, { ...DOMAIN, stack: "prod", isSet: () => false });
        expect(ISSUERS).toContain(tls.issuer);
        for (const mistake of mistakes) expect(mistake).toMatch(/^indie-ventures:(?:tls|dnsToken)[^\n]* → (?:pulumi config|take it out)/);
        // Words of a command line of lego's.
        for (const word of [tls.email ?? "x", tls.server]) expect(word).toMatch(/^[A-Za-z0-9][!-~]*$/);
      }),
    );
  });
});

describe("ports and addresses", () => {
  const SELF_SIGNED = { issuer: "self-signed" };

  test("another port than the usual one is in the address, and only of what is spoken", () => {
    const url = (settings: Record<string, string>, tls?: unknown) => projectUrl("blog", read(tls === undefined ? settings : withTls(tls, settings)));
    expect([url({ httpsPort: "8443" }), url({ httpPort: "8080" }, SELF_SIGNED), url({ httpsPort: "8443" }, SELF_SIGNED), url(DOMAIN, SELF_SIGNED)]).toEqual([
      "http://blog.localhost",
      "https://blog.localhost",
      "https://blog.localhost:8443",
      "https://blog.example.com",
    ]);
    expect(studioUrl("blog", read(withTls(SELF_SIGNED)))).toBe("https://studio.blog.example.com");
  });

  test("is nobody else's, where it is published", () => {
    expect(read({ httpPort: "443" }).httpsPort).toBe(443);
    expect(reportOf(SELF_SIGNED, { httpPort: "443" })).toBe("indie-ventures:httpsPort  is the same as httpPort, 443 → pulumi config set indie-ventures:httpsPort 8443 --stack prod");
    expect(reportOf(SELF_SIGNED, { postgresPort: "8443", httpsPort: "8443" })).toBe("indie-ventures:httpsPort  is the same as postgresPort, 8443 → pulumi config set indie-ventures:httpsPort 443 --stack prod");
    expect(errorOf(() => read({ httpsPort: "https" }))).toBe('indie-ventures:httpsPort  must be a port, 1 to 65535, not "https" → pulumi config set indie-ventures:httpsPort 443 --stack prod');
  });

  test("the DNS is written over HTTPS, or in one's own network", () => {
    expect([read({ dnsApi: "https://dns.example.com/v1/" }).dnsApi, read({ dnsApi: "http://172.17.0.1:8080/v1" }).dnsApi]).toEqual(["https://dns.example.com/v1", "http://172.17.0.1:8080/v1"]);
    for (const dnsApi of ["http://dns.example.com", "dns.example.com", "https://me:x@dns.example.com", "https://dns.example.com/?a=b"])
      expect(errorOf(() => read({ dnsApi }))).toMatch(/^indie-ventures:dnsApi {2}must be an address that begins with https:\/\/ \(http:\/\/ only to an address of a private network\)/);
  });
});

describe("certificates", () => {
  const http = { domain: "example.com", tls: { issuer: "letsencrypt" } } as const;
  const dns = { domain: "example.com", tls: { issuer: "letsencrypt-dns" } } as const;

  test("each host its own, by HTTP", () => {
    expect(certificatesOf(["shop.example.com", "blog.example.com", "blog.example.com"], http)).toEqual([
      { name: "blog.example.com", challenge: "http-01" },
      { name: "shop.example.com", challenge: "http-01" },
    ]);
  });

  test("by DNS: one for all right below the domain, their own for those below that, by HTTP for all others", () => {
    expect(certificatesOf(["blog.example.com", "shop.example.com", "studio.blog.example.com", "blog.example.net", "notexample.com"], dns)).toEqual([
      { name: "_.example.com", domain: "*.example.com", challenge: "dns-01" },
      { name: "blog.example.net", challenge: "http-01" },
      { name: "notexample.com", challenge: "http-01" },
      { name: "studio.blog.example.com", challenge: "dns-01" },
    ]);
  });

  const host = fc.array(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/), { minLength: 1, maxLength: 4 }).chain((labels) => fc.constantFrom("example.com", "example.net").map((end) => [...labels, end].join(".")));
  const issuer = fc.constantFrom(...ISSUERS);

  test("every host is in the one that it is served with, and in no order another", () => {
    fc.assert(
      fc.property(fc.array(host), issuer, (hosts, word) => {
        const stack = { domain: "example.com", tls: { issuer: word } };
        const all = certificatesOf(hosts, stack);
        expect(certificatesOf(hosts.toReversed(), stack)).toEqual(all);
        expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
        for (const each of hosts) {
          const { name, domain = name, challenge } = certificateOf(each, stack);
          expect(all.map((certificate) => certificate.name)).toContain(name);
          // As browsers do: a star is one label.
          expect(domain.startsWith("*.") ? each.slice(each.indexOf(".")) : each).toBe(domain.replace("*", ""));
          expect(domain.startsWith("*.") ? challenge : "dns-01").toBe("dns-01");
          // A folder's name, and a word of nginx's.
          expect(parseHost(name.replace(/^_\./, "")).hasOwnProperty("host")).toBe(true);
        }
      }),
    );
  });

  test("a server's hosts: the common one, and of each project its own, its domains, and its Studio's while one runs", () => {
    const project = (name: string, studio: boolean, domains: string[] = []) => ({ name, domains, services: { realtime: "off" as const, studio } });
    expect(hostsOfServer([project("blog", true, ["b.example.net", "a.example.net"]), project("docs", false)], http)).toEqual([
      "api.example.com",
      "blog.example.com",
      "a.example.net",
      "b.example.net",
      "studio.blog.example.com",
      "docs.example.com",
    ]);
    expect(hostsOfProject(project("docs", false), http)).toEqual(["docs.example.com"]);
  });
});
