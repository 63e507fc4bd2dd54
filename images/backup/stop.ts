/** What went wrong, in words for the person who reads it: what, where, and what to do. Its text holds no secret. */
export class Stop extends Error {}

/** What was asked for is not there, or makes no sense: nothing was begun, and nothing is left that would have to be put in order. */
export class Refused extends Stop {}

/** A name as it was given, on one line: no line break begins a line that looks like ours, no control character moves a terminal's cursor. */
export const shown = (name: string): string =>
  name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** What keeps a job from being done now, and says nothing of the backup that it is about: a disk that is full, a server that went away. */
export class Hindered extends Stop {}

/** As Postgres, its programs, restic and Node say it (ENOSPC; SQLSTATE 53100). */
const FULL = /no space left on device|ENOSPC|disk quota exceeded/i;
/** The same of a Postgres that ends, restarts or is killed (SQLSTATE 57P01 to 57P03, libpq's and pg's words for a lost connection). */
const AWAY =
  /terminating connection|connection terminated|server closed the connection|could not connect|connection refused|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|the database system is/i;

const AGAIN = "run the same command again";

/**
 * The same of a repository that is elsewhere: Go's words for a network (net, net/http), ssh's, and an S3 server's. restic has tried for a quarter of
 * an hour by then.
 */
const UNREACHABLE =
  /no such host|server misbehaving|i\/o timeout|TLS handshake timeout|Client\.Timeout exceeded|context deadline exceeded|network is unreachable|no route to host|connection reset by peer|connection timed out|could not resolve hostname|temporary failure in name resolution|\b50[234] (?:Bad Gateway|Service Unavailable|Gateway Timeout)|please reduce your request rate/i;
/** Somebody else has the repository: a restic of another computer. */
const TAKEN = /repository is already locked/;

/** Whether it tells of the moment, and not of what was worked on. */
export const isHindrance = (error: unknown): boolean =>
  error instanceof Hindered || [FULL, AWAY, UNREACHABLE, TAKEN].some((words) => words.test(textOf(error)));

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An error for people, in one line; with what to do, where the program that failed does not know. */
export function inWords(error: unknown): string {
  const text = error instanceof Stop ? error.message : firstLine(textOf(error));
  // It has passed here before, as a part of another's words.
  if (text.includes(AGAIN)) return text;
  if (FULL.test(text)) return `${text}. A disk is full: make room, then ${AGAIN}`;
  if (!AWAY.test(text) && !UNREACHABLE.test(text)) return text;
  return `${text}. ${/\brestic\b|The repository/.test(text) ? "The repository does not answer" : "Postgres went away in the middle"}: ${AGAIN}`;
}

/** What a program of others said, short enough for a line; data of a row stands after the first line, and is left out. */
export const firstLine = (text: string): string => shown(text.trim().split("\n", 1)[0] ?? "").slice(0, 300);
