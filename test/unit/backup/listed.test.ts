import { expect, test } from "@jest/globals";
import { listed, renderListed } from "../../../images/backup/listed.ts";
import type { Manifest } from "../../../images/backup/manifest.ts";

const MANIFEST = {
  ...{ id: "20261123T190511Z", project: "blog", kind: "manual", begun: "2026-11-23T19:05:11.000Z", level: 3, proven: "2026-11-23T19:06:00.000Z", faults: [] as string[] },
  ...{ dump: { bytes: 9, sha256: "0" }, objects: { rows: 2, withoutFile: 0 } },
} as unknown as Manifest;

test.each([
  ["one that is proven", {}, { proven: MANIFEST.proven, fault: null }, "proven 2026-11-23T19:06:00.000Z"],
  ["one that was, and is not any more", { level: 0, faults: ["a byte", "another"] }, { proven: null, fault: "a byte" }, "NOT PROVEN: a byte"],
  ["one whose proof was killed", { level: 1, proven: undefined }, { proven: null, fault: "its proof did not end" }, "NOT PROVEN: its proof did not end"],
] as const)("%s", (_, change, is, says) => {
  const found = listed({ ...MANIFEST, ...change } as Manifest, "prod");
  expect(found).toEqual({ project: "blog", id: MANIFEST.id, stack: "prod", kind: "manual", begun: MANIFEST.begun, dumpBytes: 9, objects: 2, ...is });
  expect(renderListed(found, "prod")).toBe(`blog                 20261123T190511Z  manual     ${says}`);
});

test("one that another stack made says so, in one line whatever its name", () => {
  const found = listed({ ...MANIFEST, stack: "staging\n" }, "prod");
  expect(found.stack).toBe("staging\n");
  expect(renderListed(found, "prod")).toMatch(/proven 2026-11-23T19:06:00.000Z {2}\(made by the stack staging\\u\{a\}\)$/);
});
