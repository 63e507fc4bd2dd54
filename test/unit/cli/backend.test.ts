import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { backendFolder, fileBackend, locksFolder, mendBackend, PROJECT } from "../../../cli/backend.ts";
import { root } from "../../../cli/layout.ts";

test.each([
  ["file:///state", "/state"],
  ["file:///state?metadata=skip&no_tmp_dir=true", "/state"],
  ["file://~", homedir()],
  ["file://~/state", join(homedir(), "state")],
  ["file://state", join(root, "state")],
  [fileBackend("/with a space"), "/with a space"],
  ["s3://bucket", undefined],
  ["https://api.pulumi.com", undefined],
  [undefined, undefined],
])("%j is the folder %j", (url, folder) => expect(backendFolder(url)).toBe(folder));

describe("what a killed CLI or a full disk leaves", () => {
  let folder: string;
  let stacks: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "backend-"));
    stacks = join(folder, ".pulumi", "stacks", PROJECT);
    mkdirSync(stacks, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (files: Record<string, string>) => Object.entries(files).forEach(([name, text]) => writeFileSync(join(stacks, name), text));
  const read = (name: string) => readFileSync(join(stacks, name), "utf8");

  test("a backend that is new, or well, stays as it is", () => {
    expect(mendBackend(join(folder, "new"), "dev")).toEqual([]);
    write({ "dev.json": '{"version":3}', "dev.json.100": "{" });
    expect(mendBackend(folder, "dev")).toEqual([]);
    expect(readdirSync(stacks).toSorted()).toEqual(["dev.json", "dev.json.100"]);
  });

  test("a lock that could not be written goes, one that somebody holds stays", () => {
    const locks = locksFolder(folder, "dev");
    mkdirSync(locks, { recursive: true });
    for (const [name, text] of Object.entries({ "1.json": '{"pid":1}', "2.json.18ea8bca2dace0c4.tmp": "" })) writeFileSync(join(locks, name), text);
    expect(mendBackend(folder, "dev")).toEqual([expect.stringContaining("2.json.18ea8bca2dace0c4.tmp is taken away")]);
    expect(readdirSync(locks)).toEqual(["1.json"]);
  });

  test("empty files of attributes go, others stay", () => {
    write({ "dev.json": "{}", "dev.json.attrs": "", "other.json.attrs": "{}" });
    expect(mendBackend(folder, "dev")).toEqual([expect.stringContaining("dev.json.attrs is taken away")]);
    expect(readdirSync(stacks).toSorted()).toEqual(["dev.json", "other.json.attrs"]);
  });

  test.each(["", '{"version":3,"check'])("a state that is cut off (%j) is what its newest whole copy is", (cut) => {
    write({ "dev.json": cut, "dev.json.bak": "{}", "dev.json.100": '{"step":1}', "dev.json.101": '{"step":2}', "dev.json.102": cut, "dev-2.json.103": '{"step":9}' });
    expect(mendBackend(folder, "dev")).toEqual([expect.stringContaining("its last whole step is put back")]);
    expect([read("dev.json"), read("dev.json.damaged")]).toEqual(['{"step":2}', cut]);
  });

  test("without a checkpoint it is the backup of the step before", () => {
    write({ "dev.json": "{", "dev.json.bak": '{"step":1}' });
    mendBackend(folder, "dev");
    expect(read("dev.json")).toBe('{"step":1}');
  });

  test("without any whole copy nothing is touched, and it says where Pulumi keeps others", () => {
    write({ "dev.json": "{", "dev.json.bak": "{" });
    expect(() => mendBackend(folder, "dev")).toThrow(join(".pulumi", "backups", PROJECT, "dev"));
    expect(read("dev.json")).toBe("{");
  });

  test("of the copies the newest stay, and no other stack's go", () => {
    const names = Array.from({ length: 30 }, (_, index) => `dev.json.${1000 + index}`);
    write({ "dev.json": "{}", "dev-2.json.1": "{}", ...Object.fromEntries(names.map((name) => [name, "{}"])) });
    mendBackend(folder, "dev");
    expect(readdirSync(stacks).toSorted()).toEqual(["dev-2.json.1", "dev.json", ...names.slice(10)]);
  });
});
