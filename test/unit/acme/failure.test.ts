import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { failureOf, isAccountGone } from "../../../images/acme/failure.ts";
import type { Acme } from "../../../images/acme/settings.ts";
import type { WantedName } from "../../../images/acme/wanted.ts";

const acme: Acme = { email: "me@example.com", server: "https://ca.example/directory", dns: { api: "https://dns.example/v1", token: "t0ken-of-dns" } };
const byHttp: WantedName = { name: "blog.example.com", challenge: "http-01" };
const byDns: WantedName = { name: "_.example.com", challenge: "dns-01" };

/** As lego 4.9.1 says it (seen against Pebble 2.6). */
const before = `2026/11/28 07:25:28 [INFO] [blog.example.com] acme: Obtaining bundled SAN certificate
2026/11/28 07:25:28 [INFO] [blog.example.com] acme: use http-01 solver
2026/11/28 07:25:28 [INFO] Deactivating auth: https://ca.example/authZ/nGvStAgoNP6QfCXL2hekG08gKJT1yVV2WkEVp9Ec6Sk
2026/11/28 07:25:28 Could not obtain certificates:
`;
const ofDomain = (type: string, detail: string): string => `${before}\terror: one or more domains had a problem:\n[blog.example.com] acme: error: 403 :: urn:ietf:params:acme:error:${type} :: ${detail}\n`;
const ofRequest = (type: string, detail: string): string => `${before}\tacme: error: 429 :: POST :: https://ca.example/order-plz :: urn:ietf:params:acme:error:${type} :: ${detail}\n`;
const text = (output: string, wanted = byHttp): string => failureOf(output, wanted, acme).text;

describe("what the CA says, in our words, with its own behind them", () => {
  test.each([
    ["an address that is none", ofDomain("dns", "DNS problem: NXDOMAIN looking up A for blog.example.com"), "DNS has no address of blog.example.com that the CA can find: its A or AAAA record must lead to this server (DNS problem: NXDOMAIN looking up A for blog.example.com)"],
    ["no way to port 80", ofDomain("connection", "192.0.2.1: Fetching http://blog.example.com/.well-known/acme-challenge/x: Timeout during connect"), "the CA can not connect to blog.example.com at port 80: its DNS must lead to this server, and no firewall may be before that port (192.0.2.1: Fetching http://blog.example.com/.well-known/acme-challenge/x: Timeout during connect)"],
    ["another server", ofDomain("unauthorized", "192.0.2.1: Invalid response from http://blog.example.com/.well-known/acme-challenge/x: 404, url: "), "not this server answers at http://blog.example.com: its DNS leads elsewhere, or something stands before the server (192.0.2.1: Invalid response from http://blog.example.com/.well-known/acme-challenge/x: 404)"],
    ["CAA", ofDomain("caa", "CAA record for blog.example.com prevents issuance"), "a CAA record of blog.example.com forbids this CA (CAA record for blog.example.com prevents issuance)"],
    ["a name that it does not take", ofRequest("rejectedIdentifier", "policy forbids it"), "the CA gives no certificate for blog.example.com (policy forbids it)"],
    ["what we have no words for", ofRequest("badCSR", "weak key"), "the CA refuses the order: badCSR (weak key)"],
  ])("%s", (_, output, words) => expect(text(output)).toBe(words));

  test("no record that it can see", () => {
    expect(text(ofDomain("unauthorized", "No TXT records found for DNS challenge"), byDns)).toBe("the CA does not see our TXT record of *.example.com: are the domain's name servers Hetzner's? (No TXT records found for DNS challenge)");
  });

  test("its limit, with when it may be asked again", () => {
    const limit = "too many certificates (5) already issued for this exact set of domains in the last 168h0m0s, retry after 2026-12-01 07:25:28 UTC: see https://letsencrypt.org/docs/rate-limits/";
    expect(failureOf(ofRequest("rateLimited", limit), byHttp, acme)).toEqual({ text: `the CA's limit is reached (${limit})`, notBefore: new Date("2026-12-01T07:25:28Z") });
  });

  test("what it said last, not what lego tried meanwhile", () => {
    const output = `2026/11/28 07:25:27 [WARN] acme: error: 400 :: POST :: https://ca.example/authz :: urn:ietf:params:acme:error:malformed :: nothing to deactivate\n${ofDomain("caa", "no")}`;
    expect(text(output)).toBe("a CAA record of blog.example.com forbids this CA (no)");
  });

  test("an account that it has forgotten, which is not one of a name", () => {
    expect(isAccountGone(ofRequest("accountDoesNotExist", "Account https://ca.example/my-account/1 not found."))).toBe(true);
    expect(isAccountGone(ofDomain("dns", "accountDoesNotExist"))).toBe(false);
  });
});

describe("a CA that is not there", () => {
  const client = (error: string) => `2026/11/28 07:25:28 Could not create client: get directory at 'https://ca.example/directory': Get "https://ca.example/directory": ${error}`;
  test.each([
    ["down", client("dial tcp 192.0.2.1:443: connect: connection refused"), "the CA does not answer at https://ca.example/directory (dial tcp 192.0.2.1:443: connect: connection refused)"],
    ["without a name", client("dial tcp: lookup ca.example on 127.0.0.11:53: no such host"), "the CA does not answer at https://ca.example/directory (dial tcp: lookup ca.example on 127.0.0.11:53: no such host)"],
    ["of roots that nobody knows", client("tls: failed to verify certificate: x509: certificate signed by unknown authority"), "the HTTPS of https://ca.example/directory is signed by nobody that is known here: its roots are tls.serverRoots (tls: failed to verify certificate: x509: certificate signed by unknown authority)"],
  ])("%s", (_, output, words) => expect(text(output)).toBe(words));
});

describe("our own program for DNS", () => {
  const presenting = (line: string) => `2026/11/28 07:25:09 ${line}

2026/11/28 07:25:09 [INFO] [*.example.com] acme: Cleaning DNS-01 challenge
2026/11/28 07:25:09 dns: the same again

2026/11/28 07:25:09 [WARN] [*.example.com] acme: cleaning up failed: exit status 1 
2026/11/28 07:25:09 Could not obtain certificates:
	error: one or more domains had a problem:
[*.example.com] [*.example.com] acme: error presenting token: exit status 1
`;
  test("its line is the reason", () => {
    expect(text(presenting("dns: Hetzner's API does not know the token (Hetzner's API says 401 unauthorized)"), byDns)).toBe("Hetzner's API does not know the token (Hetzner's API says 401 unauthorized)");
    // Behind a warning of Node's.
    expect(text(presenting("(node:1) ExperimentalWarning\ndns: no zone"), byDns)).toBe("no zone");
  });

  test("that it could not clean up is not, where the CA says another", () => {
    const output = `2026/11/28 07:25:09 dns: could not clean up\n2026/11/28 07:25:09 [WARN] [*.example.com] acme: cleaning up failed: exit status 1 \n${ofDomain("unauthorized", "Incorrect TXT record found")}`;
    expect(text(output, byDns)).toMatch(/^the CA does not see our TXT record/);
  });
});

test.each([
  ["what else it says last", "2026/11/28 07:25:28 [INFO] x\n2026/11/28 07:25:28 Could not write: no space left on device", "Could not write: no space left on device"],
  ["that it was ended", "2026/11/28 07:25:28 [INFO] x\nlego was ended by SIGKILL: it took more than 600 seconds", "lego was ended by SIGKILL: it took more than 600 seconds"],
  ["that it said nothing", "", "lego failed and said nothing"],
])("%s", (_, output, words) => expect(text(output)).toBe(words));

test("whatever it says: one line, 300 characters at most, and never the token", () => {
  const output = fc.oneof(fc.string({ unit: "binary", maxLength: 800 }), fc.string({ maxLength: 500 }).map((detail) => ofDomain("dns", detail)), fc.string({ maxLength: 50 }).map((part) => `${part}${acme.dns!.token}${part}`), fc.constant(ofDomain("caa", acme.dns!.token)));
  fc.assert(
    fc.property(output, fc.constantFrom(byHttp, byDns), (said, wanted) => {
      const words = text(said, wanted);
      expect(words.length).toBeLessThanOrEqual(300);
      expect(words).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(words).not.toContain(acme.dns!.token);
      expect(words).not.toBe("");
    }),
    { numRuns: 500 },
  );
});
