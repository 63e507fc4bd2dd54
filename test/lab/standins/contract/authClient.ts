import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

/**
 * A running Auth, stand-in or upstream's. The suites expect these variables, next to the required ones:
 * GOTRUE_SITE_URL=http://localhost:3000, GOTRUE_URI_ALLOW_LIST=https://app.example.com/**, GOTRUE_JWT_AUD=authenticated,
 * GOTRUE_JWT_DEFAULT_GROUP_NAME=authenticated, GOTRUE_JWT_ADMIN_ROLES=service_role, GOTRUE_JWT_EXP=3600,
 * GOTRUE_JWT_ISSUER=API_EXTERNAL_URL, GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED=true, no GOTRUE_SMTP_HOST, and
 * GOTRUE_MAILER_AUTOCONFIRM=true but for `authConfirmationContract`.
 */
export type AuthTarget = {
  /** Auth itself, without the gateway's /auth/v1. */
  readonly baseUrl: string;
  readonly serviceRoleKey: string;
  readonly anonKey: string;
  readonly jwtSecret: string;
};

/** One claim of CONTRACT.md; `run` throws an AssertionError when it does not hold. */
export type ContractCase = { readonly name: string; readonly run: () => Promise<void> };

export type Answer = { status: number; headers: Headers; body: any };
type Options = { token?: string; json?: unknown; headers?: Record<string, string>; text?: string };

export async function call(target: AuthTarget, method: string, path: string, options: Options = {}): Promise<Answer> {
  const body = options.text ?? (options.json === undefined ? undefined : JSON.stringify(options.json));
  const response = await fetch(target.baseUrl + path, {
    method,
    redirect: "manual",
    headers: {
      ...(options.json === undefined ? {} : { "Content-Type": "application/json" }),
      ...(options.token ? { Authorization: `Bearer ${options.token}` } : {}),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** The error's whole shape in the undated version of the API. */
export function assertError(answer: Answer, status: number, code: string, message: string): void {
  assert.deepEqual({ status: answer.status, body: answer.body }, { status, body: { code: status, error_code: code, msg: message } });
  assert.equal(answer.headers.get("x-sb-error-code"), code);
}

export const PASSWORD = "correct horse 1";

/** Suites share a database with whatever is there: every case makes its own address. */
export function newEmail(): string {
  return `u-${randomUUID()}@example.com`;
}

export type SignedUp = { email: string; id: string; access: string; refresh: string; session: string; body: any };

export async function signUp(target: AuthTarget, data: Record<string, unknown> = {}): Promise<SignedUp> {
  const email = newEmail();
  const answer = await call(target, "POST", "/signup", { json: { email, password: PASSWORD, data } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { access_token: access, refresh_token: refresh, user } = answer.body;
  return { email, id: user.id, access, refresh, session: claims(access).session_id, body: answer.body };
}

/** A token's payload, not verified. */
export function claims(token: string): any {
  return JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString("utf8"));
}

export function header(token: string): any {
  return JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString("utf8"));
}
