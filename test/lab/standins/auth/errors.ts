import type { DatabaseError } from "pg";

/** Upstream's HTTPError: a status, a code of internal/api/apierrors/errorcode.go and a message for the caller. */
export class HttpError extends Error {
  readonly status: number;
  /** "" : upstream left it out (only its own panics do). */
  readonly code: string;
  constructor(status: number, code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.code = code;
  }
}

/** Status 422 with the reasons; upstream gives it a shape of its own. */
export class WeakPasswordError extends Error {
  readonly reasons: readonly string[];
  constructor(message: string, reasons: readonly string[]) {
    super(message);
    this.reasons = reasons;
  }
}

/** Ends a transaction with a commit and then fails: the revocation of a stolen token's family must outlive the 400. */
export class CommitWithError extends Error {
  override readonly cause: unknown;
  constructor(cause: unknown) {
    super("committed, then failed");
    this.cause = cause;
  }
}

export const badRequest = (code: string, message: string) => new HttpError(400, code, message);
export const forbidden = (code: string, message: string) => new HttpError(403, code, message);
export const notFound = (code: string, message: string) => new HttpError(404, code, message);
export const unprocessable = (code: string, message: string) => new HttpError(422, code, message);
export const internal = (message: string, cause?: unknown) => new HttpError(500, "unexpected_failure", message, cause);

/** For what upstream does and this stand-in does not: nobody shall take a quiet difference for upstream's behaviour. */
export const lacks = (what: string) => new HttpError(501, "not_implemented", `lab-auth, a stand-in for GoTrue, lacks ${what}`);

/** Phone needs an SMS provider. */
export const lacksPhone = () => lacks("phone numbers");

/** Runs what talks to the database; any failure that is not already an answer becomes upstream's 500 with this message. */
export async function orInternal<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HttpError || error instanceof CommitWithError || error instanceof WeakPasswordError) throw error;
    throw internal(message, error);
  }
}

export type ErrorReply = { status: number; headers: Record<string, string>; body: Record<string, unknown> };

/**
 * The answer for an error (upstream: internal/api/errors.go).
 * @param dated the caller sent X-Supabase-Api-Version of 2024-01-01 or later: `{code, message}` instead of `{code, error_code, msg}`.
 */
export function errorReply(error: unknown, dated: boolean, requestId: string): ErrorReply {
  if (error instanceof CommitWithError) return errorReply(error.cause, dated, requestId);
  if (error instanceof WeakPasswordError) return weakPassword(error, dated);
  const known = error instanceof HttpError ? error : internal("Unexpected failure, please check server logs for more information", error);
  const headers: Record<string, string> = error instanceof HttpError && known.code !== "" ? { "x-sb-error-code": known.code } : {};
  const code = known.code || (known.status === 500 ? "unexpected_failure" : "unknown");
  if (dated) return { status: known.status, headers, body: { code, message: known.message } };
  const postgres = error instanceof HttpError ? publicPostgresError(known.cause) : undefined;
  if (postgres) return { ...postgres, headers };
  const id = known.status >= 500 && error instanceof HttpError && known.code !== "" ? { error_id: requestId } : {};
  return { status: known.status, headers, body: { code: known.status, error_code: code, msg: known.message, ...id } };
}

function weakPassword(error: WeakPasswordError, dated: boolean): ErrorReply {
  const payload = { weak_password: { reasons: error.reasons } };
  if (dated) return { status: 422, headers: {}, body: { code: "weak_password", message: error.message, ...payload } };
  const headers = { "x-sb-error-code": "weak_password" };
  return { status: 422, headers, body: { code: 422, error_code: "weak_password", msg: error.message, ...payload } };
}

/** Errors that a user's own trigger or constraint raised are shown as Postgres said them (upstream: internal/utilities/postgres.go). */
function publicPostgresError(cause: unknown): { status: number; body: Record<string, unknown> } | undefined {
  const code = (cause as DatabaseError | undefined)?.code;
  if (!(cause instanceof Error) || typeof code !== "string" || code.length !== 5) return undefined;
  const shown = ["P0001", "23000", "23001", "23502", "23503", "23505", "23514", "23P01"];
  const status = shown.includes(code) ? 500 : /^PT\d{3}$/.test(code) ? Number(code.slice(2)) : 0;
  if (status === 0) return undefined;
  const { message, hint, detail } = cause as DatabaseError;
  return { status, body: { code, message, ...(hint ? { hint } : {}), ...(detail ? { detail } : {}) } };
}
