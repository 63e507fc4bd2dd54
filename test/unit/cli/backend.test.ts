import { expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { backendFolder, dropEmptyAttributes, fileBackend, PROJECT } from "../../../cli/backend.ts";
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

test("only empty files of attributes are dropped", () => {
  const folder = mkdtempSync(join(tmpdir(), "backend-"));
  try {
    expect(dropEmptyAttributes(folder)).toEqual([]);
    const stacks = join(folder, ".pulumi", "stacks", PROJECT);
    mkdirSync(stacks, { recursive: true });
    for (const [name, text] of Object.entries({ "a.json": "", "a.json.attrs": "", "b.json.attrs": "{}" })) writeFileSync(join(stacks, name), text);
    expect(dropEmptyAttributes(folder)).toEqual([join(stacks, "a.json.attrs")]);
    expect(readdirSync(stacks).toSorted()).toEqual(["a.json", "b.json.attrs"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
