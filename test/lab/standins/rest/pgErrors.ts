// From Postgres's SQLSTATE to an HTTP status (docs/references/errors.rst "HTTP Status Codes"; src/PostgREST/Error.hs at v14.17).
import { RestError } from "./errors.ts";

/** The fields of an error that the server sent. */
export interface ServerError {
  code: string;
  message: string;
  detail?: string | undefined;
  hint?: string | undefined;
}

const EXACT: Record<string, number> = {
  "23503": 409, "23505": 409, "25006": 405, "42P01": 404, "42P17": 500, "53400": 500, "57P01": 503, P0001: 400,
};

const BY_CLASS: Record<string, number> = {
  "08": 503, "09": 500, "0L": 403, "0P": 403, "25": 500, "28": 403, "2D": 500, "38": 500, "39": 500, "3B": 500, "40": 500,
  "53": 503, "54": 500, "55": 500, "57": 500, "58": 500, F0: 500, HV: 500, P0: 500, XX: 500,
};

/** `authenticated`: the request's role is another than the anonymous one; then 42501 is 403, else 401. */
export function pgErrorStatus(error: ServerError, authenticated: boolean): number {
  const { code, message } = error;
  if (code === "42501") return authenticated ? 403 : 401;
  // pg-safeupdate speaks with a general code; upstream takes that one message for the client's mistake.
  if (code === "21000") return message.endsWith("requires a WHERE clause") ? 400 : 500;
  if (code === "22023") return message.startsWith("role") && message.endsWith("does not exist") ? 401 : 400;
  if (code === "42883") return message.startsWith("function xmlagg(") ? 406 : 404;
  if (code.startsWith("PT")) return /^\d{3}$/.test(code.slice(2)) ? Number(code.slice(2)) : 500;
  return EXACT[code] ?? BY_CLASS[code.slice(0, 2)] ?? 400;
}

interface RaisedMessage { code: string; message: string; details?: string; hint?: string }
interface RaisedDetail { status: number; headers: Record<string, string>; status_text?: string }

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function raiseParseError(details: string, hint: string): RestError {
  return new RestError(500, "PGRST121", "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error", { details, hint });
}

/** `RAISE SQLSTATE 'PGRST'` lets a function write the whole response (references/errors.rst "RAISE errors with HTTP Status Codes"). */
function fromRaisePgrst(error: ServerError): RestError {
  const message = parseObject(error.message) as RaisedMessage | undefined;
  if (typeof message?.code !== "string" || typeof message.message !== "string") {
    return raiseParseError(
      `Invalid JSON value for MESSAGE: '${error.message}'`,
      "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.",
    );
  }
  const hint = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.";
  if (error.detail === undefined) return raiseParseError("DETAIL is missing in the RAISE statement", hint);
  const detail = parseObject(error.detail) as RaisedDetail | undefined;
  if (typeof detail?.status !== "number" || typeof detail.headers !== "object") {
    return raiseParseError(`Invalid JSON value for DETAIL: '${error.detail}'`, hint);
  }
  return new RestError(detail.status, message.code, message.message, {
    details: message.details ?? null,
    hint: message.hint ?? null,
    headers: detail.headers,
    statusText: detail.status_text,
  });
}

export function fromServerError(error: ServerError, authenticated: boolean): RestError {
  if (error.code === "PGRST") return fromRaisePgrst(error);
  const status = pgErrorStatus(error, authenticated);
  return new RestError(status, error.code, error.message, {
    details: error.detail ?? null,
    hint: error.hint ?? null,
    headers: status === 401 ? { "WWW-Authenticate": "Bearer" } : {},
    // `PT###`: the message of the RAISE is the reason phrase as well.
    statusText: error.code.startsWith("PT") ? error.message : undefined,
  });
}
