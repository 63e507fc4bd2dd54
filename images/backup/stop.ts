/** What went wrong, in words for the person who reads it: what, where, and what to do. Its text holds no secret. */
export class Stop extends Error {}

/** What was asked for is not there, or makes no sense: nothing was begun, and nothing is left that would have to be put in order. */
export class Refused extends Stop {}

/** A name as it was given, on one line: no line break begins a line that looks like ours, no control character moves a terminal's cursor. */
export const shown = (name: string): string =>
  name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** What keeps a job from being done now, and says nothing of the backup that it is about: a disk that is full, a server that went away. */
export class Hindered extends Stop {}

/** What was read changed meanwhile: a moment later it may go well. */
export class Disturbed extends Hindered {}

/** What does not pass by itself: nobody tries it again before that is due (schedule.ts). */
export class Lasting extends Hindered {}

/** It did not end within the time that we give it, and will perhaps not the next time either. */
export class TimedOut extends Lasting {}

/** As Postgres, its programs, restic and Node say it (ENOSPC; SQLSTATE 53100; HTTP 507). */
const FULL = /no space left on device|ENOSPC|disk quota exceeded|\b507 Insufficient Storage/i;
/** The same of a Postgres that ends, restarts or is killed (SQLSTATE 57P01 to 57P03, libpq's and pg's words for a lost connection). */
const AWAY =
  /terminating connection|connection terminated|encountered a connection error|server closed the connection|PQgetCopyData\(\) failed|could not connect|could not translate host name|connection refused|connect ENOENT|connection to server .* failed: (?:No such file or directory|timeout expired)|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|the database system is/i;

const AGAIN = "run the same command again";

/**
 * The same of a repository that is elsewhere: Go's words for a network (net, net/http), ssh's, and an S3 server's. restic has tried for a quarter of
 * an hour by then.
 */
const UNREACHABLE =
  /no such host|server misbehaving|i\/o timeout|TLS handshake timeout|Client\.Timeout exceeded|context deadline exceeded|network is unreachable|no route to host|connection reset by peer|connection timed out|could not resolve hostname|temporary failure in name resolution|\b50[234] (?:Bad Gateway|Service Unavailable|Gateway Timeout)|please reduce your request rate/i;
/**
 * What restic says of a server that fails at the moment, and of a connection that is cut in the middle: of its rest-server (restic internal/backend/rest/rest.go,
 * 0.18), of S3 (minio-go api-error-response.go, which gives the status where there is no more), of SFTP (pkg/sftp), of Go (io, net/http). A file that is cut
 * off in the repository has other words at each of them, or another status: `file is too short`, 416.
 */
const FAILING =
  /unexpected HTTP response \((?:408|429|5\d\d)\)|\b(?:500 Internal Server Error|429 Too Many Requests)|we encountered an internal error|please (?:try again|retry)|\bunexpected EOF\b|"https?:[^"]*": EOF\b|connection lost|broken pipe|use of closed network connection|server closed idle connection|http2: |stream error: stream ID/i;
const OF_REPOSITORY = /\brestic\b|The repository/;
/** Memory, of a program of ours (malloc's word, Go's, Node's): not Postgres' shared memory, whose size is a setting. */
const MEMORY = /\bENOMEM\b|cannot allocate memory|\bout of memory\b/i;
/** What else of a server can be used up, or taken: files, processes, connections (SQLSTATE 53300), the repository by a restic of another computer. */
const TAKEN =
  /\bEMFILE\b|\bENFILE\b|too many open files|\bEAGAIN\b|resource temporarily unavailable|\bEROFS\b|read-only file system|too many clients already|remaining connection slots are reserved|repository is already locked/i;
/** A program that others ended: execa's word. */
const ENDED = /command was killed with SIG(?:KILL|TERM|INT|HUP)\b/i;

/** Whether it tells of the moment, and not of what was worked on. */
export function isHindrance(error: unknown): boolean {
  const text = textOf(error);
  if (error instanceof Hindered || FULL.test(text) || PASSING.includes(sqlOf(error).code as string)) return true;
  const about = withoutStatement(error, text);
  return isUnreachable(about) || [MEMORY, TAKEN, ENDED, AWAY].some((words) => words.test(about));
}

const isUnreachable = (text: string): boolean => UNREACHABLE.test(text) || (OF_REPOSITORY.test(text) && FAILING.test(text));

/** What pg notes of an error that Postgres sent. */
const sqlOf = (error: unknown): { severity?: unknown; code?: unknown } => (error instanceof Error ? (error as { severity?: unknown; code?: unknown }) : {});
/** Memory (a row that is too long has the same words, and another code); and a lock that others have. Our own sessions run nothing of a project's. */
const PASSING = ["53200", "55P03"];

/**
 * Without what a statement failed of: its connection is there. A foreign server that does not answer, or a function that says so, is the project's own,
 * and is so the next time (a connection that is lost is FATAL, or none of Postgres' words: postgres doc/src/sgml/protocol.sgml).
 */
const withoutStatement = (error: unknown, text: string): string => (sqlOf(error).severity === "ERROR" ? "" : text.replace(/\bERROR: {2}[^]*/, ""));

/** Who ends a program by one of these is outside of it: a kill by hand, a stop, the kernel that is short of memory. A crash may be of what it read. */
export const isFromOutside = (signal: unknown): boolean => ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"].includes(signal as string);

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An error for people, in one line; with what to do, where the program that failed does not know. */
export function inWords(error: unknown): string {
  const text = error instanceof Stop ? error.message : firstLine(textOf(error));
  // It has passed here before, as a part of another's words.
  if (text.includes(AGAIN)) return text;
  if (FULL.test(text)) return `${text}. A disk is full: make room, then ${AGAIN}`;
  const about = withoutStatement(error, text);
  if (MEMORY.test(about)) return `${text}. The server is short of memory: ${AGAIN}`;
  if (!AWAY.test(about) && !isUnreachable(about)) return text;
  return `${text}. ${OF_REPOSITORY.test(text) ? "The repository does not answer" : "Postgres went away in the middle"}: ${AGAIN}`;
}

/** What a program of others said, short enough for a line; data of a row stands after the first line, and is left out. */
export const firstLine = (text: string): string => shown(text.trim().split("\n", 1)[0] ?? "").slice(0, 300);
