import { expect, test } from "@jest/globals";
import { backupId, idAfter, isManifest, PROJECT_NAME } from "../../../images/backup/manifest.ts";
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
  { ...manifest, stack: ["prod"] },
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

test.each([
  ["none is there", [], "20261123T190511Z"],
  ["the last is of the same second", ["20261123T190510Z", "20261123T190511Z"], "20261123T190512Z"],
  ["one is of a clock that was ahead", ["20360101T000000Z", "20261122T190511Z"], "20360101T000001Z"],
  ["a repository has names that nobody can come after", ["99991231T235959Z", "20269999T999999Z"], "20261123T190511Z"],
])("the name of the next is behind all that there are: %s", (_, taken, next) => {
  expect(idAfter(taken, new Date("2026-11-23T19:05:11.123Z"))).toBe(next);
});
