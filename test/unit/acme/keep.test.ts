import { expect, test } from "@jest/globals";
import { unwantedNow } from "../../../images/acme/keep.ts";
import { newNames } from "../../../images/acme/tell.ts";

test("a name that is wanted in another way is new", () => {
  const before = [{ name: "a.example", challenge: "http-01" as const, owners: ["x"] }];
  expect(newNames(before, [{ name: "a.example", challenge: "http-01" }])).toEqual([]);
  expect(newNames(before, [{ name: "a.example", challenge: "dns-01" }, { name: "b.example", challenge: "http-01" }])).toEqual(["a.example", "b.example"]);
});

test("since when nobody wants it: noted once, forgotten when somebody does, and anew after a clock that was ahead", () => {
  const at = (day: string) => new Date(`${day}T00:00:00.000Z`);
  const first = unwantedNow({}, ["a", "b"], [{ name: "b" }], at("2026-11-01"));
  expect(first).toEqual({ unwanted: { a: "2026-11-01T00:00:00.000Z" }, gone: [] });
  expect(unwantedNow(first.unwanted, ["a"], [], at("2026-11-30"))).toEqual(first);
  expect(unwantedNow(first.unwanted, ["a"], [], at("2026-12-01"))).toEqual({ unwanted: {}, gone: ["a"] });
  expect(unwantedNow(first.unwanted, ["a"], [{ name: "a" }], at("2026-12-01"))).toEqual({ unwanted: {}, gone: [] });
  expect(unwantedNow({ a: "2036-01-01T00:00:00.000Z" }, ["a"], [], at("2026-11-01"))).toEqual(first);
});
