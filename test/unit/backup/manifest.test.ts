import { expect, test } from "@jest/globals";
import { backupId, isManifest, PROJECT_NAME } from "../../../images/backup/manifest.ts";
import { NAME_PATTERN } from "../../../spec/names.ts";

const manifest = { project: "blog", id: backupId(new Date(0)) };

test("a manifest of ours", () => {
  expect(manifest.id).toBe("19700101T000000Z");
  expect(isManifest(manifest)).toBe(true);
});

test.each([
  { ...manifest, project: "../projects" },
  { ...manifest, project: "blog/../../projects" },
  { ...manifest, project: ["blog"] },
  { ...manifest, id: "../../projects/blog" },
  { project: "blog" },
  undefined,
  null,
  "blog",
])("what a repository may have for one is none: %j", (value) => {
  expect(isManifest(value)).toBe(false);
});

test("a project's name is what it is in projects.yaml", () => {
  expect(PROJECT_NAME).toEqual(NAME_PATTERN);
});
