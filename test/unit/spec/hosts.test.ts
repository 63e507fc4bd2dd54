import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseDomain, parseHost } from "../../../spec/hosts.ts";

const hostOf = (text: string) => {
  const parsed = parseDomain(text);
  return "host" in parsed ? parsed.host : `! ${parsed.mistake}`;
};

describe("one spelling", () => {
  test.each([
    ["api.example.com", "api.example.com"],
    ["API.Example.COM", "api.example.com"],
    ["api.example.com.", "api.example.com"],
    ["münchen.de", "xn--mnchen-3ya.de"],
    ["MÜNCHEN.de", "xn--mnchen-3ya.de"],
    ["mu\u0308nchen.de", "xn--mnchen-3ya.de"],
    ["XN--MNCHEN-3YA.DE.", "xn--mnchen-3ya.de"],
    ["münchen。de", "xn--mnchen-3ya.de"],
    ["ｅxample.com", "example.com"],
    ["a.b.localhost", "a.b.localhost"],
    ["1password.com", "1password.com"],
    [`${"a".repeat(63)}.com`, `${"a".repeat(63)}.com`],
  ])("%s", (text, host) => {
    expect(hostOf(text)).toBe(host);
  });
});

const NO_HOST = "is no host name → letters, digits and dashes between dots, 63 characters each at most";
const NO_CHARACTER = "has a character that no host name has → letters, digits, dashes and dots";

describe("no domains", () => {
  test.each([
    ["", "is empty → write a host name"],
    ["https://api.example.com", "has a scheme → write only the host"],
    ["*.example.com", "is a wildcard → write each host"],
    ["api.example.com:443", "has a port → write only the host"],
    ["api.example.com/path", "has a path → write only the host"],
    ["api.example.com?x", "has a path → write only the host"],
    ["api.example.com#x", "has a path → write only the host"],
    ["api\\example.com", "has a path → write only the host"],
    ["ann@example.com", "has a user → write only the host"],
    ["api example.com", NO_CHARACTER],
    ["api.example.com\n", NO_CHARACTER],
    ["ex%61mple.com", NO_CHARACTER],
    ["api.exa\u0000mple.com", NO_CHARACTER],
    ["api..example.com", NO_HOST],
    [".example.com", NO_HOST],
    ["example.com..", NO_HOST],
    [".", NO_HOST],
    ["-api.example.com", NO_HOST],
    ["api-.example.com", NO_HOST],
    ["_api.example.com", NO_HOST],
    ["api;.example.com", NO_HOST],
    ["$host.example.com", NO_HOST],
    ["~^.example.com", NO_HOST],
    ["xn--a.com", NO_HOST],
    ["example.1", NO_HOST],
    [`${"a".repeat(64)}.com`, NO_HOST],
    [`${"a.".repeat(126)}com`, NO_HOST],
    ["1.2.3.4", "is an address → write a host name"],
    ["0x7f.1", "is an address → write a host name"],
    ["::1", "is an address → write a host name"],
    ["localhost", "has no dot → write the whole host name, such as api.example.com"],
  ])("%j", (text, mistake) => {
    expect(hostOf(text)).toBe(`! ${mistake}`);
  });

  test("a host of the server may have no dot", () => {
    expect(parseHost("localhost")).toEqual({ host: "localhost" });
  });
});

describe("any text", () => {
  const nearHost = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.domain(),
    fc.tuple(fc.domain(), fc.constantFrom(..." ;{}$\n\"'\\/:@*%~^_\u200b\u202eßé。．"), fc.domain()).map((parts) => parts.join("")),
  );

  test("what comes out can end no word of nginx's, and is its own one spelling", () => {
    fc.assert(
      fc.property(nearHost, (text) => {
        const parsed = parseHost(text);
        if ("mistake" in parsed) return;
        expect(parsed.host).toMatch(/^[a-z0-9.-]+$/);
        expect(parseHost(parsed.host)).toEqual(parsed);
      }),
      { numRuns: 1000 },
    );
  });

  test("all spellings of a domain are one", () => {
    const spelling = (text: string, upper: boolean[], dot: boolean) =>
      [...text].map((character, index) => (upper[index % upper.length] ? character.toUpperCase() : character)).join("") + (dot ? "." : "");
    fc.assert(
      fc.property(fc.domain(), fc.array(fc.boolean(), { minLength: 1 }), fc.boolean(), (domain, upper, dot) => {
        expect(parseHost(spelling(domain, upper, dot))).toEqual(parseHost(domain));
      }),
    );
  });

  test("a browser reads the same host", () => {
    fc.assert(
      fc.property(nearHost, (text) => {
        const parsed = parseHost(text);
        if ("host" in parsed) expect(new URL(`http://${text}`).hostname.replace(/\.$/, "")).toBe(parsed.host);
      }),
    );
  });
});
