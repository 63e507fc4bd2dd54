import { jsonBody } from "../body.ts";
import { transaction, type Db } from "../db.ts";
import { HttpError, badRequest, forbidden, lacksPhone, orInternal, unprocessable } from "../errors.ts";
import { requestAudience } from "../guards.ts";
import type { Context, Handler, Reply } from "../http.ts";
import { audit } from "../model/audit.ts";
import { findFlowStateOfUser } from "../model/flowState.ts";
import { updateIdentityData } from "../model/identities.ts";
import { clearOneTimeTokens, findOneTimeToken, type OneTimeTokenType } from "../model/oneTimeTokens.ts";
import * as users from "../model/users.ts";
import type { User } from "../model/users.ts";
import { issueTokens, type TokenResponse } from "../tokens.ts";
import { randomPassword, referrer, tokenHash, validateEmail } from "../validate.ts";
import { changeEmail } from "./emailChange.ts";
import { hashPassword } from "./signup.ts";

/** `type` narrows on the way: "email" becomes signup or magiclink, whichever token fits. */
type Params = { type: string; hash: string; email?: string };

const tokensOf: Record<string, readonly OneTimeTokenType[]> = {
  email: ["confirmation_token", "recovery_token"],
  signup: ["confirmation_token"],
  invite: ["confirmation_token"],
  recovery: ["recovery_token"],
  magiclink: ["recovery_token"],
  email_change: ["email_change_token_current", "email_change_token_new"],
};

/** Upstream's words when the first of two addresses is confirmed. */
const HALF_DONE = "Confirmation link accepted. Please proceed to confirm link sent to the other email";

export const verifyPost: Handler = async (context) => {
  const { app } = context;
  const body = jsonBody(context, {
    type: "string", token: "string", token_hash: "string", email: "string", phone: "string", redirect_to: "string",
  } as const);
  const fail = (message: string) => badRequest("validation_failed", message);
  if (!body.type) throw fail("Verify requires a verification type");
  if (Boolean(body.token) === Boolean(body.token_hash)) throw fail("Verify requires either a token or a token hash");
  const params: Params = { type: body.type, hash: body.token_hash ?? "" };
  if (body.token) {
    if (body.phone && !body.email) throw lacksPhone();
    if (!body.email || body.phone) throw fail("Only an email address or phone number should be provided on verify");
    params.email = readEmail(body.email);
    params.hash = tokenHash(params.email, body.token);
  } else if (body.email || body.phone || body.redirect_to) throw fail("Only the token_hash and type should be provided");
  const json = await transaction(app.pool, async (tx) => {
    const user = params.email ? await findByCode(context, tx, params) : await findByHash(context, tx, params);
    const confirmed = await confirm(context, tx, user, params);
    return confirmed ? issueTokens(context, tx, confirmed, "otp") : { msg: HALF_DONE, code: "200" };
  });
  return { status: 200, json };
};

function readEmail(email: string): string {
  try {
    return validateEmail(email);
  } catch {
    throw unprocessable("validation_failed", "Invalid email format");
  }
}

/** A link that was opened: answers by a redirect, also for errors. */
export const verifyGet: Handler = async (context) => {
  const query = (name: string) => context.url.searchParams.get(name) ?? "";
  if (query("type") === "") throw badRequest("validation_failed", "Verify requires a verification type");
  if (query("token") === "") throw badRequest("validation_failed", "Verify requires a token or a token hash");
  const params: Params = { type: query("type"), hash: query("token") };
  const pkce = params.hash.startsWith("pkce_");
  const target = referrer(context);
  try {
    return await transaction(context.app.pool, async (tx) => {
      const user = await findByHash(context, tx, params);
      const confirmed = await confirm(context, tx, user, params);
      if (!confirmed) return redirect(withMessage(target, pkce));
      if (pkce) return redirect(withCode(target, await issueCode(tx, confirmed, params.type)));
      return redirect(withTokens(target, params.type, await issueTokens(context, tx, confirmed, "otp")));
    });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return redirect(withError(target, error, pkce));
  }
};

function redirect(location: string): Reply {
  return { status: 303, text: "", headers: { Location: location, "Content-Type": "text/html; charset=utf-8" } };
}

// Go writes a site without a path as it is; the URL parser would add "/". So texts, not URL objects. Go's Encode sorts by key.
function withFragment(target: string, query: Record<string, string>, fragment: Record<string, string>): string {
  const [base = ""] = target.split("#");
  const encode = (values: Record<string, string>) => new URLSearchParams(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))).toString();
  const more = encode(query);
  const url = more === "" ? base : `${base}${base.includes("?") ? "&" : "?"}${more}`;
  return Object.keys(fragment).length === 0 ? url : `${url}#${encode(fragment)}`;
}

const oauthErrors: Record<number, string> = { 400: "invalid_request", 401: "unauthorized_client", 403: "access_denied", 500: "server_error", 503: "temporarily_unavailable" };

function withError(target: string, error: HttpError, pkce: boolean): string {
  const oauth = oauthErrors[error.status];
  const values = { ...(oauth ? { error: oauth } : {}), error_code: error.code, error_description: error.message };
  return withFragment(target, pkce ? values : {}, { ...values, sb: "" });
}

function withMessage(target: string, pkce: boolean): string {
  return withFragment(target, pkce ? { message: HALF_DONE } : {}, { message: HALF_DONE, sb: "" });
}

function withCode(target: string, code: string): string {
  return withFragment(target, { code }, {});
}

function withTokens(target: string, type: string, tokens: TokenResponse): string {
  const { access_token, token_type, expires_in, expires_at, refresh_token } = tokens;
  return withFragment(target, {}, {
    access_token, token_type, refresh_token, type, sb: "",
    expires_in: String(expires_in), expires_at: String(expires_at),
  });
}

async function findByHash({ app }: Context, tx: Db, params: Params): Promise<User> {
  const types = tokensOf[params.type];
  if (!types) throw badRequest("validation_failed", "Invalid email verification type");
  const expired = forbidden("otp_expired", "Email link is invalid or has expired");
  const user = await orInternal("Database error finding user from email link", async () => {
    const id = await findOneTimeToken(tx, params.hash, types);
    return id === undefined ? undefined : users.findUserById(tx, id);
  });
  if (!user) throw expired;
  if (users.isBanned(user)) throw forbidden("user_banned", "User is banned");
  if (params.type === "email") params.type = user.recovery_token === params.hash ? "magiclink" : "signup";
  if (isExpired(sentAt(user, params.type), app.config.mailer.otpExp)) throw expired;
  return user;
}

async function findByCode(context: Context, tx: Db, params: Params): Promise<User> {
  const { otpExp } = context.app.config.mailer;
  const user = await orInternal("Database error finding user", () => findCodeOwner(context, tx, params));
  const wrong = forbidden("otp_expired", "Token has expired or is invalid");
  if (!user) throw wrong;
  if (users.isBanned(user)) throw forbidden("user_banned", "User is banned");
  const fits = (expected: string, type: string) =>
    expected !== "" && !isExpired(sentAt(user, type), otpExp) && [params.hash, `pkce_${params.hash}`].includes(expected);
  const candidates: [expected: string, type: string][] = {
    email: [[user.confirmation_token, "signup"], [user.recovery_token, "magiclink"]] as [string, string][],
    email_change: [[user.email_change_token_current, "email_change"], [user.email_change_token_new, "email_change"]] as [string, string][],
  }[params.type] ?? [[tokensOf[params.type]?.[0] === "confirmation_token" ? user.confirmation_token : user.recovery_token, params.type]];
  const found = params.type in tokensOf ? candidates.find(([expected, type]) => fits(expected, type)) : undefined;
  if (!found) throw wrong;
  params.type = found[1];
  return user;
}

// The code of an email change may have gone to the new address, which no user has yet.
async function findCodeOwner(context: Context, tx: Db, params: Params): Promise<User | undefined> {
  if (params.type !== "email_change") return users.findUserByEmail(tx, params.email!, requestAudience(context));
  const types = tokensOf.email_change!;
  const id = (await findOneTimeToken(tx, params.hash, types)) ?? (await findOneTimeToken(tx, `pkce_${params.hash}`, types));
  return id === undefined ? undefined : users.findUserById(tx, id);
}

function sentAt(user: User, type: string): Date | null {
  if (type === "signup" || type === "invite") return user.confirmation_sent_at;
  return type === "email_change" ? user.email_change_sent_at : user.recovery_sent_at;
}

function isExpired(sent: Date | null, seconds: number): boolean {
  return sent === null || Date.now() > sent.getTime() + seconds * 1000;
}

/** @returns undefined when a second confirmation is needed */
async function confirm(context: Context, tx: Db, user: User, params: Params): Promise<User | undefined> {
  if (params.type === "signup" || params.type === "invite") await confirmSignup(context, tx, user);
  else if (params.type === "recovery" || params.type === "magiclink") await confirmRecovery(context, tx, user);
  else if (!(await changeEmail(context, tx, user, params.hash))) return undefined;
  await users.updateProviders(tx, user);
  await users.reloadUser(tx, user);
  return user;
}

async function confirmSignup({ app }: Context, tx: Db, user: User): Promise<void> {
  if (!user.encrypted_password && user.invited_at !== null) {
    // An invited user has none yet; one that nobody knows keeps the account closed until one is set.
    user.encrypted_password = await hashPassword(randomPassword(app.config));
    await orInternal("Error storing password", () => users.updatePassword(tx, user, undefined));
  }
  await audit(app, tx, user, "user_signedup", { provider: "email" });
  await orInternal("Error confirming user", () => users.confirmUser(tx, user));
  for (const identity of user.identities ?? []) {
    if (identity.email && identity.email === user.email) await updateIdentityData(tx, identity, { email_verified: true });
  }
}

async function confirmRecovery({ app }: Context, tx: Db, user: User): Promise<void> {
  await orInternal("Database error updating user", async () => {
    await users.updateUser(tx, user, { recovery_token: "" });
    await clearOneTimeTokens(tx, user.id);
    if (user.email_confirmed_at !== null) return audit(app, tx, user, "login");
    await audit(app, tx, user, "user_signedup", { provider: "email" });
    return users.confirmUser(tx, user);
  });
}

async function issueCode(tx: Db, user: User, type: string): Promise<string> {
  const flow = await findFlowStateOfUser(tx, user.id, type.endsWith("signup") ? "email/signup" : type);
  const problem = !flow ? "No valid flow state found for user." : !flow.auth_code ? "Flow state does not have an auth code (not a PKCE flow)." : "";
  if (problem) throw badRequest("flow_state_not_found", `No associated flow state found. 422: ${problem}`);
  await tx.query("update flow_state set auth_code_issued_at = now(), updated_at = now() where id = $1", [flow!.id]);
  return flow!.auth_code!;
}
