import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { join, normalize, sep } from "node:path";
import { domainOf, isCertificateName, isHost, isOwner } from "../../../images/acme/names.ts";
import { placesIn } from "./placesIn.ts";

const { VERSIONS } = placesIn("/volume");

test.each(["example.com", "blog.localhost", "xn--bcher-kva.example", "a.b.c.d.example.com", "_.example.com", "1.example"])("a certificate's name: %s", (name) => expect(isCertificateName(name)).toBe(true));

test.each(["", ".", "..", "_", "_.", "-a.example", "a..b", "a.example.", "*.example.com", "_._.example.com", "A.example", "a/b", "../a", "a\n", "a.example\n", "a b", "ä.example", "a_b.example", `${"a".repeat(64)}.example`, "a.".repeat(127) + "example"])(
  "none: %j",
  (name) => expect(isCertificateName(name)).toBe(false),
);

test("a wildcard's name is written without the star, which no shell and no file likes", () => {
  expect([domainOf("_.example.com"), domainOf("blog.example.com")]).toEqual(["*.example.com", "blog.example.com"]);
  expect(isHost("_.example.com")).toBe(false);
});

const PIECES = ["..", ".", "/", "\\", "_", "_.", "-", "\0", "\n", "%2e", "*", " "];

/** Names, names with something that paths and options are made of in them, and any text. */
const withPiece = fc.tuple(fc.domain(), fc.constantFrom(...PIECES), fc.nat()).map(([name, piece, at]) => name.slice(0, at % (name.length + 1)) + piece + name.slice(at % (name.length + 1)));
const anyName = fc.oneof(fc.domain(), withPiece, fc.string({ unit: "binary" }));

test("whatever the text: what passes as a name is one folder's name, no option, and no path out of its folder", () => {
  fc.assert(
    fc.property(anyName, (text) => {
      if (!isCertificateName(text)) return;
      const path = normalize(join(VERSIONS, text));
      expect(path).toBe(`${VERSIONS}${sep}${text}`);
      expect(text).toMatch(/^[a-z0-9_][a-z0-9._-]*$/);
      expect(text).not.toMatch(/\.\.|[/\\\0\n]/);
    }),
    { numRuns: 1000 },
  );
});

test("whatever the text: what passes as an owner is one file's name", () => {
  fc.assert(fc.property(anyName, (text) => expect(!isOwner(text) || /^[a-z0-9][a-z0-9-]*$/.test(text)).toBe(true)));
  expect(["server", "shop-eu", "", "..", "a.b", "A", "a/b", "-a"].map(isOwner)).toEqual([true, true, false, false, false, false, false, false]);
});
