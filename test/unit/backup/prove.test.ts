import { expect, test } from "@jest/globals";
import type { Manifest } from "../../../images/backup/manifest.ts";
import { snapshotOf } from "../../../images/backup/prove.ts";

test.each([undefined, null])("a backup that does not say what was written is not taken for it: %j", async (trees) => {
  const manifest = { project: "blog", id: "20261123T190511Z", trees } as Manifest;
  await expect(snapshotOf(manifest, "set")).rejects.toThrow('backup 20261123T190511Z of "blog" is of an earlier version, which did not note what it wrote. Make a new one: ');
});
