import { expect, test } from "@jest/globals";
import { faultOf, type PgRestoreEnd } from "../../../images/backup/pgRestore.ts";
import { isHindrance, TimedOut } from "../../../images/backup/stop.ts";

const end = (change: Partial<PgRestoreEnd>): PgRestoreEnd => ({ code: null, signal: null, seconds: 901, isOverdue: false, said: "", ...change });

test("it went well, whatever functions of the dump said", () => {
  expect(faultOf(end({ code: 0, said: "pg_restore: warning: errors ignored on restore: 0" }))).toBeUndefined();
});

// As pg_restore 17 says them.
test.each([
  ["killed, as the kernel does that is short of memory", { signal: "SIGKILL" }, "pg_restore was ended by a signal (SIGKILL)", true],
  ["a crash, perhaps of what it read", { signal: "SIGSEGV" }, "pg_restore was ended by a signal (SIGSEGV)", false],
  ["without memory", { code: 1, said: "pg_restore: error: out of memory\n" }, "pg_restore: error: out of memory", true],
  ["its server is gone", { code: 1, said: 'pg_restore: error: connection to server on socket "/scratch/socket/.s.PGSQL.5432" failed: Connection refused\n\tIs the server running locally' }, 'pg_restore: error: connection to server on socket "/scratch/socket/.s.PGSQL.5432" failed: Connection refused', true],
  ["its server went away", { code: 1, said: "NOTICE:  a\npg_restore: error: could not execute query: server closed the connection unexpectedly\n" }, "pg_restore: error: could not execute query: server closed the connection unexpectedly", true],
  ["a dump that is damaged", { code: 1, said: "pg_restore: error: could not read from input file: end of file\n" }, "pg_restore: error: could not read from input file: end of file", false],
  ["what it can not restore", { code: 1, said: 'pg_restore: error: could not execute query: ERROR:  relation "a" does not exist\n' }, 'pg_restore: error: could not execute query: ERROR:  relation "a" does not exist', false],
])("of this server, or of the backup: %s", (_, change, text, isOurs) => {
  const error = faultOf(end(change))!;
  expect([error.message, isHindrance(error)]).toEqual([text, isOurs]);
});

test("our own time limit says nothing of the backup; nor is it worth another try within the hour", () => {
  const error = faultOf(end({ signal: "SIGKILL", isOverdue: true }));
  expect(error).toBeInstanceOf(TimedOut);
  expect(error!.message).toBe("pg_restore did not end within 901 s");
});
