import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { firstLine, Hindered, inWords, isFromOutside, isHindrance, shown, Stop } from "../../../images/backup/stop.ts";

test("a name can not begin a line of its own, nor move a terminal's cursor, nor turn the writing around", () => {
  expect(shown("a\nblog: backup 1 is proven\u001b[2K\u202e\u2028")).toBe("a\\u{a}blog: backup 1 is proven\\u{1b}[2K\\u{202e}\\u{2028}");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => expect(shown(name)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)));
});

test("of what a program said, the first line, on one line", () => {
  expect(firstLine("\n error: a\u001bb\nDETAIL: a row\n")).toBe("error: a\\u{1b}b");
});

test.each([
  ["Postgres' disk", new Stop('pg_restore: pg_restore: error: could not execute query: ERROR:  could not extend file "base/5/1": No space left on device'), true],
  ["ours", new Error("ENOSPC: no space left on device, write"), true],
  ["a Postgres that is stopped", new Error("terminating connection due to administrator command"), true],
  ["and that is not there", new Error("connect ECONNREFUSED 172.18.0.2:5432"), true],
  ["and that starts", new Error("the database system is starting up"), true],
  ["a server that we know of", new Hindered("The scratch Postgres does not start"), true],
  // As restic 0.18 says them of S3, SFTP and its rest-server.
  ["a name that is not found", new Stop('The repository can not be opened: Fatal: unable to open config file: Stat: Get "https://s3.example.com/bucket/?location=": dial tcp: lookup s3.example.com on 127.0.0.11:53: no such host'), true],
  ["a network that is down", new Stop('restic backup: Fatal: unable to save snapshot: Put "https://s3.example.com/bucket/data/5a/5a22": dial tcp 192.0.2.1:443: connect: network is unreachable'), true],
  ["one that does not answer", new Stop('restic snapshots: Fatal: List("https://s3.example.com") failed: dial tcp 192.0.2.1:443: i/o timeout'), true],
  ["an S3 server at its end", new Stop("restic backup: Fatal: client.PutObject: 503 Service Unavailable"), true],
  ["one that fails at the moment", new Stop('restic dump: Load(<data/a94f>, 3145928, 0) failed: unexpected HTTP response (500): 500 Internal Server Error'), true],
  ["a proxy before it", new Stop('restic snapshots: List(snapshot) failed: unexpected HTTP response (521): 521 '), true],
  ["the same of S3", new Stop("The repository can not be opened: Fatal: unable to open config file: Stat: 500 Internal Server Error"), true],
  ["the same in its own words", new Stop("restic backup: Fatal: unable to save snapshot: client.PutObject: We encountered an internal error, please try again."), true],
  ["a connection that is cut", new Stop("restic restore: Load(<data/a94fb2e79d>, 3145928, 0) failed: unexpected EOF"), true],
  ["the same before the answer", new Stop('restic restore: Load(<data/a94fb2e79d>, 0, 0) failed: client.Do: Get "https://backup.example.com/data/a94fb2e79d": EOF'), true],
  ["that of SFTP", new Stop("restic dump: Load(<data/a94fb2e79d>, 0, 0) failed: Lstat: connection lost"), true],
  ["a rest-server whose disk is full", new Stop("restic backup: Fatal: unable to save snapshot: unexpected HTTP response (507): 507 Insufficient Storage"), true],
  ["a file that it does not have", new Stop("restic dump: Load(<data/a94fb2e79d>, 0, 0) failed: <data/a94fb2e79d> does not exist"), false],
  ["a file that is cut off there", new Stop("restic dump: Load(<data/a94fb2e79d>, 3145928, 0) failed: unexpected HTTP response (416): partial out of bounds read"), false],
  ["who may not enter", new Stop("The repository can not be opened: unexpected HTTP response (403): 403 Forbidden"), false],
  ["a dump that ends too soon", new Stop("pg_restore: error: unexpected EOF"), false],
  ["a table that others have locked", Object.assign(new Error("canceling statement due to lock timeout"), { severity: "ERROR", code: "55P03" }), true],
  ["the same of what a restore runs", new Stop("pg_restore: error: could not execute query: ERROR:  canceling statement due to lock timeout"), false],
  ["an SFTP host", new Stop("The repository can not be opened: subprocess ssh: ssh: connect to host nas port 22: No route to host"), true],
  ["a repository that another restic has", new Stop("restic forget: unable to create lock in backend: repository is already locked by PID 7 on elsewhere by root (UID 0, GID 0)"), true],
  ["a wrong password", new Stop("The repository can not be opened: Fatal: wrong password or no key found"), false],
  ["a disk that can not be read", new Stop("restic dump: ReadFull(<data/a94f>): read /q/data/a9/a94f: input/output error"), false],
  // Of this server: its memory, its processes, the scratch Postgres. As node-postgres, libpq, execa and restic say them.
  ["a program that can not begin", Object.assign(new Error("spawn setpriv ENOMEM"), { code: "ENOMEM" }), true],
  ["pg_restore without memory", new Stop("pg_restore: error: out of memory"), true],
  ["a Postgres without memory", Object.assign(new Error("out of memory"), { severity: "ERROR", code: "53200" }), true],
  ["a row that is too long", Object.assign(new Error("out of memory"), { severity: "ERROR", code: "54000" }), false],
  ["a setting of Postgres'", new Stop("pg_restore: error: could not execute query: ERROR:  out of shared memory"), false],
  ["a pg_dump that was killed", new Stop("pg_dump of database supabase_restore_blog: Command was killed with SIGKILL (Forced termination): setpriv --pdeathsig KILL pg_dump"), true],
  ["one that crashed", new Stop("pg_dump of database supabase_restore_blog: Command was killed with SIGSEGV (Segmentation fault): setpriv --pdeathsig KILL pg_dump"), false],
  ["a socket that is gone", Object.assign(new Error("connect ENOENT /scratch/socket/.s.PGSQL.5432"), { code: "ENOENT" }), true],
  ["the same of libpq", new Stop('pg_restore: error: connection to server on socket "/scratch/socket/.s.PGSQL.5432" failed: No such file or directory'), true],
  ["a file that is gone", Object.assign(new Error("ENOENT: no such file or directory, open '/var/lib/indie-ventures/read-back/a'"), { code: "ENOENT" }), false],
  ["a connection that was lost before", new Error("Client has encountered a connection error and is not queryable"), true],
  ["the same in the middle of a copy", new Stop('pg_dump of database blog: pg_dump: error: Dumping the contents of table "a" failed: PQgetCopyData() failed.'), true],
  ["a backend that was killed", Object.assign(new Error("terminating connection because of crash of another server process"), { severity: "FATAL", code: "57P02" }), true],
  ["files that are used up", Object.assign(new Error("EMFILE: too many open files, open 'a'"), { code: "EMFILE" }), true],
  ["connections that are", Object.assign(new Error("sorry, too many clients already"), { severity: "FATAL", code: "53300" }), true],
  // The project's own: a foreign server, a function that says what it likes.
  ["a foreign server", new Stop('pg_restore: error: could not execute query: ERROR:  could not connect to server "elsewhere"'), false],
  ["the same of node-postgres", Object.assign(new Error('could not connect to server "elsewhere"'), { severity: "ERROR", code: "08001" }), false],
  ["a function", Object.assign(new Error("connection refused, out of memory"), { severity: "ERROR", code: "P0001" }), false],
  ["a dump that is cut off", new Stop("pg_restore: error: could not read from input file: end of file"), false],
  ["a snapshot that is gone", new Stop("restic restore: Fatal: failed to find snapshot: no matching ID found for prefix"), false],
  ["a blob that is another", new Stop("restic dump: Load(<tree/6f56>) returned error: ciphertext verification failed"), false],
  ["a damaged pack", new Stop("restic restore: Load(<data/a94fb2e79d>, 3145928, 0) failed: file is too short"), false],
  ["a dump that is refused", new Stop("The dump is refused: it holds what is neither the project's nor the image's"), false],
])("whether an error tells of the moment, or of the backup: %s", (_, error, expected) => {
  expect(isHindrance(error)).toBe(expected);
});

test("from outside a program is ended by these; a crash may be of what it read", () => {
  expect(["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT", "SIGBUS", null, undefined].map(isFromOutside)).toEqual([true, true, false, false, false, false, false]);
});

test("what a foreign server of the project's says is not said of ours", () => {
  expect(inWords(new Stop('pg_restore: ERROR:  could not connect to server "elsewhere"'))).toBe('pg_restore: ERROR:  could not connect to server "elsewhere"');
  expect(inWords(new Error("spawn setpriv ENOMEM"))).toBe("spawn setpriv ENOMEM. The server is short of memory: run the same command again");
});

test("for people: what to do; in one line, unless it is ours", () => {
  expect(inWords(new Error("ENOSPC: no space left on device, write"))).toBe("ENOSPC: no space left on device, write. A disk is full: make room, then run the same command again");
  expect(inWords(new Stop("restic backup: unexpected HTTP response (507): 507 Insufficient Storage"))).toContain("A disk is full: make room, then");
  expect(inWords(new Stop("restic dump: Load(<data/a9>, 0, 0) failed: unexpected EOF"))).toContain("The repository does not answer: run the same command again");
  expect(inWords(new Error("Connection terminated unexpectedly"))).toContain("Postgres went away in the middle: run the same command again");
  expect(inWords(new Error("wrong value\nDETAIL: a secret"))).toBe("wrong value");
  expect(inWords(new Stop("one\ntwo"))).toBe("one\ntwo");
});

test("what to do is said once, however many have passed it on; and of who does not answer", () => {
  const full = inWords(new Error("ENOSPC: no space left on device, write"));
  expect(inWords(new Hindered(`backup 1 could not be proven now: ${full}`))).toBe(`backup 1 could not be proven now: ${full}`);
  expect(inWords(new Stop("restic snapshots: dial tcp 192.0.2.1:443: connect: connection refused"))).toMatch(/The repository does not answer: run the same command again$/);
  expect(inWords(new Stop("The repository can not be opened: dial tcp 192.0.2.1:443: i/o timeout"))).toMatch(/The repository does not answer: run the same command again$/);
});
