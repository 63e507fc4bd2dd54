import { expect, test } from "@jest/globals";
import { areStale, isOnlyGone, reason } from "../../../images/backup/restic.ts";

// What restic 0.18.0 said.
const GONE = [
  '{"message_type":"error","error":{"message":"lstat /v/488: no such file or directory"},"during":"scan","item":"/v/488"}',
  '{"message_type":"error","error":{"message":"incomplete metadata for /v/347: xattr.list /v/347: no such file or directory"},"during":"archival","item":"/v/347"}',
  '{"message_type":"exit_error","code":3,"message":"Warning: at least one source file could not be read"}',
];
const DAMAGED = '{"message_type":"error","error":{"message":"tree 6f56 is not known; the repository could be damaged, run `repair index` to try to repair it"},"during":"archival","item":"/"}';
const MISSING_PACK = '{"message_type":"error","error":{"message":"ReadFull(<data/a94f>): open /q/data/a9/a94f: no such file or directory"},"during":"archival","item":"/v"}';

test("files that went while they were saved are no fault; anything else is", () => {
  expect(isOnlyGone(GONE.join("\n"))).toBe(true);
  expect([DAMAGED, MISSING_PACK, "open repository: permission denied"].map((line) => isOnlyGone([...GONE, line].join("\n")))).toEqual([false, false, false]);
});

test.each([
  ["with --json", '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}', "Fatal: wrong password or no key found"],
  ["behind what it can do without", "unable to open cache: mkdir /c: no space left on device\nIgnoring \"8a79\": failed to load\nSummary: Restored 1 / 2\nLoad(<data/a9>) failed: file is too short\nFatal: There were 1 errors", "Load(<data/a9>) failed: file is too short"],
  ["where that is all", "Warning: at least one source file could not be read", "Warning: at least one source file could not be read"],
  ["killed", "", "it was ended by a signal"],
])("why restic failed: %s", (_, stderr, why) => {
  expect(reason(stderr)).toBe(why);
});

test("locks of this host's are a dead job's; another's after half an hour; and all of them, or none goes", () => {
  const now = new Date("2026-11-23T12:00:00Z");
  const lock = (hostname: string, minutes: number) => ({ hostname, time: new Date(now.getTime() - minutes * 60_000).toISOString() });
  expect(areStale([lock("here", 0)], "here", now)).toBe(true);
  expect(areStale([lock("elsewhere", 31)], "here", now)).toBe(true);
  expect(areStale([lock("here", 0), lock("elsewhere", 29)], "here", now)).toBe(false);
});
