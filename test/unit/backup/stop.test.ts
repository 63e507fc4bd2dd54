import { expect, test } from "@jest/globals";
import { Hindered, inWords, isHindrance, Stop } from "../../../images/backup/stop.ts";

test.each([
  ["Postgres' disk", new Stop('pg_restore: pg_restore: error: could not execute query: ERROR:  could not extend file "base/5/1": No space left on device'), true],
  ["ours", new Error("ENOSPC: no space left on device, write"), true],
  ["a Postgres that is stopped", new Error("terminating connection due to administrator command"), true],
  ["and that is not there", new Error("connect ECONNREFUSED 172.18.0.2:5432"), true],
  ["and that starts", new Error("the database system is starting up"), true],
  ["a server that we know of", new Hindered("The scratch Postgres does not start"), true],
  ["a damaged pack", new Stop("restic restore: Load(<data/a94fb2e79d>, 3145928, 0) failed: file is too short"), false],
  ["a dump that is refused", new Stop("The dump is refused: it holds what is neither the project's nor the image's"), false],
])("whether an error tells of the moment, or of the backup: %s", (_, error, expected) => {
  expect(isHindrance(error)).toBe(expected);
});

test("for people: what to do; in one line, unless it is ours", () => {
  expect(inWords(new Error("ENOSPC: no space left on device, write"))).toBe("ENOSPC: no space left on device, write. A disk is full: make room, then run the same command again");
  expect(inWords(new Error("Connection terminated unexpectedly"))).toContain("Postgres went away in the middle: run the same command again");
  expect(inWords(new Error("wrong value\nDETAIL: a secret"))).toBe("wrong value");
  expect(inWords(new Stop("one\ntwo"))).toBe("one\ntwo");
});
