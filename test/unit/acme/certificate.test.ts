import { beforeAll, expect, test } from "@jest/globals";
import { describe as describeCertificate, issuerOf, type Pair, whatIsWrong } from "../../../images/acme/certificate.ts";
import { type Authority, authority, describeWithOpenssl } from "./authority.ts";

const now = new Date();

describeWithOpenssl("before it is given to nginx", () => {
  let ca: Authority;
  let pair: Pair;
  beforeAll(() => {
    ca = authority();
    pair = ca.issue("blog.example.com");
  });

  test("nothing is wrong: its own name, its own key, the CA behind it", () => expect(whatIsWrong(pair, "blog.example.com", now)).toBeUndefined());

  test("nothing is wrong without the CA, or with text between", () => {
    const alone = `subject=x\n${pair.fullchain.slice(0, pair.fullchain.indexOf("-----END CERTIFICATE-----"))}-----END CERTIFICATE-----\n`;
    expect(whatIsWrong({ ...pair, fullchain: alone }, "blog.example.com", now)).toBeUndefined();
  });

  test("a wildcard is for what is one label below, and for itself by its name", () => {
    const wildcard = ca.issue("*.example.com");
    expect(["blog.example.com", "_.example.com"].map((name) => whatIsWrong(wildcard, name, now))).toEqual([undefined, undefined]);
    expect(["example.com", "a.blog.example.com", "_.blog.example.com"].map((name) => typeof whatIsWrong(wildcard, name, now))).toEqual(["string", "string", "string"]);
  });

  test.each<[string, (given: Pair) => Pair, string, RegExp]>([
    ["no certificate", (given) => ({ ...given, fullchain: given.privkey }), "blog.example.com", /^the chain is no PEM text of certificates$/],
    ["a certificate that is cut", (given) => ({ ...given, fullchain: given.fullchain.replace(/\n[^\n-]+\n-----END/, "\n-----END") }), "blog.example.com", /^the chain is no PEM text of certificates$/],
    ["no key", (given) => ({ ...given, privkey: given.fullchain }), "blog.example.com", /^the key is no PEM text of a private key/],
    ["the key of another", (given) => ({ ...given, privkey: ca.issue("blog.example.com").privkey }), "blog.example.com", /^the key is not that of the chain's first certificate/],
    ["the CA first", (given) => ({ ...given, fullchain: given.fullchain.split(/(?<=-----END CERTIFICATE-----\n)/).reverse().join("") }), "blog.example.com", /^the key is not that of the chain's first certificate/],
    ["another host", (given) => given, "shop.example.com", /^the certificate is not for shop\.example\.com: it has DNS:blog\.example\.com$/],
    ["a CA of another behind it", (given) => ({ ...given, fullchain: given.fullchain + ca.root + given.fullchain }), "blog.example.com", /^the chain is in no order: its 4th certificate did not sign the one before it$/],
  ])("%s", (_, change, name, words) => expect(whatIsWrong(change(pair), name, now)).toMatch(words));

  test("a name in the subject alone, which browsers do not read", () => {
    expect(whatIsWrong(ca.issue("blog.example.com", { alt: "DNS:other.example.com" }), "blog.example.com", now)).toMatch(/^the certificate is not for blog\.example\.com/);
  });

  test("what is over, and what has not begun", () => {
    const over = ca.issue("blog.example.com", { from: "20200101000000Z", until: "20200301000000Z" });
    expect(whatIsWrong(over, "blog.example.com", now)).toBe("the certificate is over since 2020-03-01T00:00:00.000Z");
    expect(whatIsWrong(over, "blog.example.com", new Date("2020-02-01T00:00:00Z"))).toBeUndefined();
    expect(whatIsWrong(over, "blog.example.com", new Date("2019-12-31T00:00:00Z"))).toBe("the certificate is valid from 2020-01-01T00:00:00.000Z on, and this server's clock says 2019-12-31T00:00:00.000Z");
  });

  test("no error has the key in it", () => {
    const middle = pair.privkey.split("\n")[1]!;
    for (const given of [{ ...pair, fullchain: "" }, { ...pair, privkey: `${pair.privkey}x` }, { ...pair, privkey: pair.privkey.slice(0, 80) }]) expect(String(whatIsWrong(given, "blog.example.com", now))).not.toContain(middle);
  });

  test("who signed it, and for how long it is good", () => {
    expect(describeCertificate(ca.issue("blog.example.com", { from: "20260101000000Z", until: "20260401000000Z" }).fullchain)).toEqual({
      issuer: "Small CA R1",
      validFrom: "2026-01-01T00:00:00.000Z",
      validUntil: "2026-04-01T00:00:00.000Z",
    });
  });
});

test.each([
  ["C=US\nO=Let's Encrypt\nCN=E7", "Let's Encrypt E7"],
  ["CN=Pebble Intermediate CA 264e33", "Pebble Intermediate CA 264e33"],
  ["O=placeholder", "placeholder"],
  ["C=US", "unknown"],
])("an issuer: %j", (lines, words) => expect(issuerOf(lines)).toBe(words));
