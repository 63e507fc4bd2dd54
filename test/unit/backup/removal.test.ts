import { expect, test } from "@jest/globals";
import { requireNotPurged, type Removal } from "../../../images/backup/removal.ts";
import type { BackupProject } from "../../../images/backup/project.ts";

const removal = (phase: Removal["phase"]): Removal => ({ project: { name: "blog" } as BackupProject, phase });

test("a removal can be taken back until the purge has begun", () => {
  expect(() => (requireNotPurged(removal("closing")), requireNotPurged(removal("locked")))).not.toThrow();
});

test.each([
  ["purging", /^"blog" is being purged: .*some may be gone\. Nothing was changed\.\nWrite state: removed again and let the purge end.*"A project that was purged"\.$/s],
  ["purged", /^"blog" was purged: .* Nothing was changed\.\nDelete the entry.*"A project that was purged"\.$/s],
] as const)("what is %s does not come back by a word: what, why, and what to do", (phase, words) => {
  expect(() => requireNotPurged(removal(phase))).toThrow(words);
});
