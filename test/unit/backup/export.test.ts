import { expect, test } from "@jest/globals";
import { upstreamOf } from "../../../images/backup/export.ts";
import type { Manifest } from "../../../images/backup/manifest.ts";
import type { BackupProject } from "../../../images/backup/project.ts";

const manifest = { id: "b1", project: "blog" } as Manifest;
const keys = { seed: "s", generation: 2 };
const project = { name: "blog", keys } as BackupProject;
const then = { tag: "self-hosted/v0.8.1", environment: { JWT_SECRET: "of then" } };
const now = { ...project, upstream: { tag: "self-hosted/v0.9.0", environment: { JWT_SECRET: "of now" } } };

test("what upstream is told is what it was when the backup was made, whatever the project has now", () => {
  expect(upstreamOf(manifest, { project: { ...project, upstream: then }, keys }, { ...now, keys: { seed: "other", generation: 3 } })).toBe(then);
  expect(upstreamOf(manifest, { project: { ...project, upstream: then }, keys }, undefined)).toBe(then);
});

test("of a backup that is older than archives, what it is now, if the keys are the same", () => {
  expect(upstreamOf(manifest, { project, keys }, now)).toBe(now.upstream);
});

test.each([
  ["the project is gone", undefined],
  ["its keys were rotated since", { ...now, keys: { seed: "s", generation: 3 } }],
  ["its name is another project's", { ...now, keys: { seed: "other", generation: 2 } }],
])("of such a backup nothing where %s", (_, there) => {
  expect(() => upstreamOf(manifest, { project, keys }, there)).toThrow('Backup b1 of "blog" was made before there were archives, with keys that this server does not have now.');
});
