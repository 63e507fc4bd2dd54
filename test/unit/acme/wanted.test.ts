import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WantedFile } from "../../../images/acme/wanted.ts";
import { placesIn } from "./placesIn.ts";

const folder = mkdtempSync(join(tmpdir(), "indie-ventures-wanted-"));
const places = placesIn(folder);
let wanted: typeof import("../../../images/acme/wanted.ts");

beforeAll(async () => {
  jest.unstable_mockModule("../../../images/acme/places.ts", () => places);
  wanted = await import("../../../images/acme/wanted.ts");
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (...names: WantedFile["names"]): WantedFile => ({ names });

describe("what an update tells", () => {
  test("names with how they are had; by HTTP where it does not say", () => {
    const text = JSON.stringify({ names: [{ name: "blog.example.com" }, { name: "_.example.com", domain: "*.example.com", challenge: "dns-01" }] });
    expect(wanted.parseWanted(text)).toEqual(file({ name: "blog.example.com", challenge: "http-01" }, { name: "_.example.com", challenge: "dns-01" }));
  });

  test("a name twice is once", () => expect(wanted.parseWanted('{"names":[{"name":"a.example"},{"name":"a.example"}]}').names).toHaveLength(1));

  test.each([
    ["no JSON", "names: []", "stdin must be JSON"],
    ["no names", "{}", "stdin must be JSON"],
    ["null", "null", "stdin must be JSON"],
    ["a path", '{"names":[{"name":"../a"}]}', '"../a" is no certificate\'s name'],
    ["no name at all", '{"names":[null]}', "nothing is no certificate's name"],
    ["a domain of another", '{"names":[{"name":"a.example","domain":"b.example"}]}', "is for a.example, not for"],
    ["a challenge that is none", '{"names":[{"name":"a.example","challenge":"tls-alpn-01"}]}', "the challenge is one of http-01, dns-01"],
    ["a wildcard by HTTP", '{"names":[{"name":"_.example.com","challenge":"http-01"}]}', "a CA gives a wildcard by dns-01 alone"],
  ])("refused: %s", (_, text, error) => expect(() => wanted.parseWanted(text)).toThrow(error));
});

describe("of all owners", () => {
  test("each name once, with who wants it, in the alphabet's order", () => {
    const shared = { name: "_.example.com", challenge: "dns-01" } as const;
    expect(wanted.allWanted({ shop: file(shared, { name: "shop.example", challenge: "http-01" }), blog: file(shared) })).toEqual([
      { name: "_.example.com", challenge: "dns-01", owners: ["blog", "shop"] },
      { name: "shop.example", challenge: "http-01", owners: ["shop"] },
    ]);
  });

  test("the same whatever the order in which they came", () => {
    const name = fc.record({ name: fc.constantFrom("a.example", "b.example", "_.example"), challenge: fc.constantFrom("http-01" as const, "dns-01" as const) });
    const owners = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.record({ names: fc.uniqueArray(name, { selector: (each) => each.name }) }));
    fc.assert(
      fc.property(owners, (files) => {
        const reversed = Object.fromEntries(Object.entries(files).reverse().map(([owner, { names }]) => [owner, { names: names.toReversed() }]));
        expect(wanted.allWanted(reversed)).toEqual(wanted.allWanted(files));
      }),
    );
  });
});

test("each owner's file is whole, for us alone, and goes", async () => {
  await wanted.writeWanted("blog", file({ name: "blog.example", challenge: "http-01" }));
  await wanted.writeWanted("server", file());
  expect(readdirSync(places.WANTED).sort()).toEqual(["blog.json", "server.json"]);
  expect(statSync(join(places.WANTED, "blog.json")).mode & 0o777).toBe(0o600);
  expect((await wanted.readWanted()).map(({ name, owners }) => [name, owners])).toEqual([["blog.example", ["blog"]]]);
  await wanted.removeWanted("blog");
  await wanted.removeWanted("blog");
  expect(await wanted.readWanted()).toEqual([]);
  expect(() => wanted.removeWanted("../../lego")).toThrow('"../../lego" is no owner of certificates');
});
