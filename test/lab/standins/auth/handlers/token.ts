import bcrypt from "bcryptjs";
import { jsonBody } from "../body.ts";
import { transaction } from "../db.ts";
import { HttpError, WeakPasswordError, badRequest, lacks, lacksPhone, notFound, orInternal, unprocessable } from "../errors.ts";
import { requestAudience } from "../guards.ts";
import type { Context, Handler, Reply } from "../http.ts";
import { audit } from "../model/audit.ts";
import { findFlowStateByCode, verifierFits } from "../model/flowState.ts";
import { findUserByEmail, findUserById, isBanned, type User } from "../model/users.ts";
import { issueTokens, refresh } from "../tokens.ts";
import { checkPasswordStrength } from "../validate.ts";

/** Upstream: conf.External.FlowStateExpiryDuration's least value, in milliseconds. */
const FLOW_STATE_EXPIRY = 300_000;

export const token: Handler = async (context) => {
  const grantType = context.url.searchParams.get("grant_type") ?? context.form.get("grant_type");
  if (grantType === "password") return password(context);
  if (grantType === "refresh_token") return refreshToken(context);
  if (grantType === "pkce") return pkce(context);
  if (grantType === "id_token" || grantType === "web3") throw lacks(`grant_type=${grantType}`);
  throw badRequest("invalid_credentials", "unsupported_grant_type");
};

async function password(context: Context): Promise<Reply> {
  const { app } = context;
  const body = jsonBody(context, { email: "string", phone: "string", password: "string" });
  if (body.email && body.phone) {
    throw badRequest("validation_failed", "Only an email address or phone number should be provided on login.");
  }
  if (!body.email && !body.phone) throw badRequest("validation_failed", "missing email or phone");
  if (body.email && !app.config.external.email) throw unprocessable("email_provider_disabled", "Email logins are disabled");
  if (body.phone && !app.config.external.phone) throw unprocessable("phone_provider_disabled", "Phone logins are disabled");
  if (body.phone) throw lacksPhone();
  const find = () => findUserByEmail(app.pool, body.email!, requestAudience(context));
  const user = await orInternal("Database error querying schema", find);
  const wrong = badRequest("invalid_credentials", "Invalid login credentials");
  if (!user || !user.encrypted_password) throw wrong;
  if (isBanned(user)) throw badRequest("user_banned", "User is banned");
  if (!(await passwordFits(user, body.password ?? ""))) throw wrong;
  if (user.email_confirmed_at === null) throw badRequest("email_not_confirmed", "Email not confirmed");
  const tokens = await transaction(app.pool, async (tx) => {
    await audit(app, tx, user, "login", { provider: "email" });
    return issueTokens(context, tx, user, "password");
  });
  return { status: 200, json: { ...tokens, ...weakness(context, body.password ?? "") } };
}

/** bcrypt only; upstream also reads imported argon2 and Firebase scrypt hashes, which no one can enter here. */
export function passwordFits(user: User, text: string): Promise<boolean> {
  return bcrypt.compare(text, user.encrypted_password ?? "");
}

/** A password that has become too weak still signs in, and the answer says so. */
function weakness({ app }: Context, text: string): { weak_password?: { message: string; reasons: readonly string[] } } {
  try {
    checkPasswordStrength(app.config, text);
  } catch (error) {
    if (error instanceof WeakPasswordError) return { weak_password: { message: error.message, reasons: error.reasons } };
    if (!(error instanceof HttpError)) throw error;
  }
  return {};
}

async function refreshToken(context: Context): Promise<Reply> {
  const text = jsonBody(context, { refresh_token: "string" }).refresh_token ?? "";
  // Longer ones are of upstream's algorithm 2, which this never issues.
  if (!/^[a-z0-9]{12}$/.test(text)) throw badRequest("validation_failed", "Refresh token is not valid");
  return { status: 200, json: await refresh(context, text) };
}

async function pkce(context: Context): Promise<Reply> {
  const { app } = context;
  const body = jsonBody(context, { auth_code: "string", code_verifier: "string" });
  if (!body.auth_code || !body.code_verifier) {
    throw badRequest("validation_failed", "invalid request: both auth code and code verifier should be non-empty");
  }
  const flow = await findFlowStateByCode(app.pool, body.auth_code);
  const user = flow?.user_id ? await findUserById(app.pool, flow.user_id) : undefined;
  if (!flow || !user) throw notFound("flow_state_not_found", "invalid flow state, no valid flow state found");
  const since = (flow.authentication_method === "magiclink" && flow.auth_code_issued_at) || flow.created_at;
  if (Date.now() > since.getTime() + FLOW_STATE_EXPIRY) {
    throw unprocessable("flow_state_expired", "invalid flow state, flow state has expired");
  }
  if (!verifierFits(flow, body.code_verifier)) {
    throw badRequest("bad_code_verifier", "code challenge does not match previously saved code verifier");
  }
  return transaction(app.pool, async (tx) => {
    await audit(app, tx, user, "login", { provider_type: flow.provider_type });
    const json = await issueTokens(context, tx, user, flow.authentication_method);
    await tx.query("delete from flow_state where id = $1", [flow.id]);
    return { status: 200, json };
  });
}
