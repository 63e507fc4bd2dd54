import { expect, test } from "@jest/globals";
import { renderGuide } from "../../../images/backup/exportGuide.ts";
import type { Manifest } from "../../../images/backup/manifest.ts";

const MANIFEST: Manifest = {
  id: "20261127T030000Z",
  project: "blog",
  kind: "scheduled",
  begun: "2026-11-27T03:00:00.000Z",
  ended: "2026-11-27T03:00:04.000Z",
  database: "blog",
  owner: "blog_owner",
  roles: [],
  versions: { postgres: "17.6", pgDump: "17.11", restic: "0.18.0", images: { auth: "supabase/gotrue:v2.196.0", postgres: "supabase/postgres:17.6.1.136" } },
  entry: {},
  dump: { bytes: 1, sha256: "" },
  measure: { tables: {}, sequences: {} },
  vaultSecrets: 2,
  objects: { rows: 3, withoutFile: 0 },
  level: 3,
  proven: "2026-11-27T03:00:09.000Z",
  faults: [],
};

test("the guide of an archive", () => {
  expect(renderGuide({ manifest: MANIFEST, generation: 2, tag: "self-hosted/v0.8.1", url: "http://blog.example.com", files: 3 })).toMatchSnapshot();
});
