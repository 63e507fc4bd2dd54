// Errors in PostgREST's shape. Codes, statuses and wording: docs/references/errors.rst and src/PostgREST/Error.hs at v14.17.

export const NAME = "lab-rest";
export const VERSION = "14.17";

/** An error for the client: `{code, details, hint, message}` with its status and headers. */
export class RestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: unknown;
  readonly hint: string | null;
  readonly headers: Record<string, string>;
  readonly statusText: string | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { details?: unknown; hint?: string | null; headers?: Record<string, string>; statusText?: string | undefined } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details ?? null;
    this.hint = more.hint ?? null;
    this.headers = more.headers ?? {};
    this.statusText = more.statusText;
  }

  body(): string {
    return JSON.stringify({ code: this.code, details: this.details, hint: this.hint, message: this.message });
  }
}

/** What upstream can and this stand-in cannot: never a made-up answer, always its own name. */
export function notImplemented(what: string): RestError {
  return new RestError(501, "LAB501", `${NAME} does not implement ${what}`, {
    details: `${NAME} is the lab's stand-in for PostgREST ${VERSION}, see its CONTRACT.md`,
  });
}

export const queryParamError = (message: string, details: string): RestError =>
  new RestError(400, "PGRST100", message, { details });

export const invalidBody = (message: string): RestError => new RestError(400, "PGRST102", message);

export const invalidRange = (details: string): RestError =>
  new RestError(416, "PGRST103", "Requested range not satisfiable", { details });

export const notEmbedded = (name: string): RestError =>
  new RestError(400, "PGRST108", `'${name}' is not an embedded resource in this request`, {
    hint: `Verify that '${name}' is included in the 'select' query parameter.`,
  });

export const noSchemaCache = (): RestError =>
  new RestError(503, "PGRST002", "Could not query the database for the schema cache. Retrying.");

export const connectionError = (details: string): RestError =>
  new RestError(503, "PGRST000", "Database connection error.", { details });

export const clientError = (details: string): RestError =>
  new RestError(503, "PGRST001", "Database client error. Retrying the connection.", { details });

export const acquisitionTimeout = (): RestError =>
  new RestError(504, "PGRST003", "Timed out acquiring connection from connection pool.");

function invalidToken(code: "PGRST301" | "PGRST303", message: string, details?: string): RestError {
  const header = `Bearer error="invalid_token", error_description=${JSON.stringify(message)}`;
  return new RestError(401, code, message, { details: details ?? null, headers: { "WWW-Authenticate": header } });
}

export const jwtDecodeError = (message: string, details?: string): RestError => invalidToken("PGRST301", message, details);
export const jwtClaimsError = (message: string): RestError => invalidToken("PGRST303", message);
export const jwtSecretMissing = (): RestError => new RestError(500, "PGRST300", "Server lacks JWT secret");
export const jwtRequired = (): RestError =>
  new RestError(401, "PGRST302", "Anonymous access is disabled", { headers: { "WWW-Authenticate": "Bearer" } });
