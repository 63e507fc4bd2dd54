import { expect, test } from "@jest/globals";
import { areStale, failure, savedAllThatIsThere, reason } from "../../../images/backup/restic.ts";
import { Hindered, isHindrance } from "../../../images/backup/stop.ts";

// What restic 0.18.0 said.
const GONE = [
  '{"message_type":"error","error":{"message":"lstat /v/488: no such file or directory"},"during":"scan","item":"/v/488"}',
  '{"message_type":"error","error":{"message":"incomplete metadata for /v/347: xattr.list /v/347: no such file or directory"},"during":"archival","item":"/v/347"}',
  '{"message_type":"exit_error","code":3,"message":"Warning: at least one source file could not be read"}',
];
const AGAIN = '{"message_type":"error","error":{"message":"parts of /v/one.bin not found in the repository index; storing the file again"},"during":"archival","item":"/v/one.bin"}';
const DAMAGED = '{"message_type":"error","error":{"message":"tree 6f56 is not known; the repository could be damaged, run `repair index` to try to repair it"},"during":"archival","item":"/"}';
const MISSING_PACK = '{"message_type":"error","error":{"message":"ReadFull(<data/a94f>): open /q/data/a9/a94f: no such file or directory"},"during":"archival","item":"/v"}';

test("files that went while they were saved are no fault; anything else is", () => {
  expect(savedAllThatIsThere(GONE.join("\n"))).toBe(true);
  expect(savedAllThatIsThere([...GONE, "Save(<data/a9>) returned error, retrying after 552.330144ms: client.PutObject: 503 Service Unavailable"].join("\n"))).toBe(true);
  // Of a mended repository.
  expect(savedAllThatIsThere([...GONE, AGAIN].join("\n"))).toBe(true);
  expect([DAMAGED, MISSING_PACK, "open repository: permission denied"].map((line) => savedAllThatIsThere([...GONE, line].join("\n")))).toEqual([false, false, false]);
});

test.each([
  ["with --json", '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}', "Fatal: wrong password or no key found"],
  ["behind what it can do without", "unable to open cache: mkdir /c: no space left on device\nIgnoring \"8a79\": failed to load\nSummary: Restored 1 / 2\nLoad(<data/a9>) failed: file is too short\nFatal: There were 1 errors", "Load(<data/a9>) failed: file is too short"],
  ["behind what it tried again", "Load(<data/a9>, 0, 0) returned error, retrying after 720.254544ms: unexpected EOF\nLoad(<data/a9>, 0, 0) operation successful after 1 retries\nLoad(<tree/6f>) returned error: ciphertext verification failed", "Load(<tree/6f>) returned error: ciphertext verification failed"],
  ["where that is all", "Warning: at least one source file could not be read", "Warning: at least one source file could not be read"],
  ["without a word", "", ""],
])("why restic failed: %s", (_, stderr, why) => {
  expect(reason(stderr)).toBe(why);
});

// What execa notes of restic 0.18, and Go's runtime says.
test.each([
  ["killed, as the kernel does that is short of memory", { signal: "SIGKILL", stderr: "" }, "restic dump: it was ended by a signal (SIGKILL)"],
  ["ended, and it cleaned up", { exitCode: 130, stderr: "signal terminated received, cleaning up" }, "restic dump: it was ended by a signal"],
  ["without memory", { exitCode: 2, stderr: "fatal error: runtime: out of memory\n\nruntime stack:\nruntime.throw({0x1, 0x2})" }, "restic dump: fatal error: runtime: out of memory"],
  ["without memory, said before", { exitCode: 2, stderr: "runtime: out of memory: cannot allocate 67108864-byte block (603979776 in use)\nfatal error: out of memory" }, "restic dump: runtime: out of memory"],
  ["without threads", { exitCode: 2, stderr: "runtime: failed to create new OS thread (have 8 already; errno=11)\nfatal error: newosproc" }, "restic dump: runtime: failed to create new OS thread"],
  ["that can not begin", { stderr: "", originalMessage: "spawn setpriv ENOMEM" }, "restic dump: spawn setpriv ENOMEM"],
])("of this server, and not of the repository: %s", (_, ended, text) => {
  const error = failure("restic dump", ended);
  expect([error.message, isHindrance(error)]).toEqual([text, true]);
});

test.each([
  ["a damaged part", { exitCode: 1, stderr: "Load(<data/a9>) failed: file is too short\nFatal: There were 1 errors" }, "restic dump: Load(<data/a9>) failed: file is too short"],
  ["a crash, perhaps of what it read", { signal: "SIGSEGV", stderr: "" }, "restic dump: it does not say why"],
  ["what said more than we keep, and was ended by us", { signal: "SIGTERM", isMaxBuffer: true, stderr: "" }, "restic dump: it does not say why"],
  ["a crash of its own", { exitCode: 2, stderr: "panic: runtime error: index out of range [3] with length 2" }, "restic dump: panic: runtime error: index out of range [3] with length 2"],
])("of the repository: %s", (_, ended, text) => {
  const error = failure("restic dump", ended);
  expect([error.message, error instanceof Hindered, isHindrance(error)]).toEqual([text, false, false]);
});

test("locks of this host's are a dead job's; another's after half an hour; and all of them, or none goes", () => {
  const now = new Date("2026-11-23T12:00:00Z");
  const lock = (hostname: string, minutes: number) => ({ hostname, time: new Date(now.getTime() - minutes * 60_000).toISOString() });
  expect(areStale([lock("here", 0)], "here", now)).toBe(true);
  expect(areStale([lock("elsewhere", 31)], "here", now)).toBe(true);
  expect(areStale([lock("here", 0), lock("elsewhere", 29)], "here", now)).toBe(false);
});
