import { jsonBody } from "../body.ts";
import { transaction, type Db } from "../db.ts";
import { badRequest, forbidden, internal, lacksPhone, orInternal, unprocessable } from "../errors.ts";
import { requestAudience } from "../guards.ts";
import type { Context, Handler } from "../http.ts";
import { sendEmailChange } from "../mail.ts";
import { audit } from "../model/audit.ts";
import { createFlowState, type Pkce } from "../model/flowState.ts";
import * as users from "../model/users.ts";
import type { User } from "../model/users.ts";
import { checkPasswordStrength, tokenHash, validateEmail } from "../validate.ts";
import { changeEmail } from "./emailChange.ts";
import { hashPassword } from "./signup.ts";
import { passwordFits } from "./token.ts";

export const EMAIL_TAKEN = "A user with this email address has already been registered";

export const getUser: Handler = async (context) => {
  const claimed = [context.claims?.aud].flat()[0];
  if (claimed === undefined || claimed !== requestAudience(context)) {
    throw badRequest("validation_failed", "Token audience doesn't match request audience");
  }
  return { status: 200, json: users.userJson(context.user!) };
};

type Changes = Pkce & { email?: string; password?: string; current_password?: string; nonce?: string; data?: users.Json; app_metadata?: users.Json };

export const putUser: Handler = async (context) => {
  const { app } = context;
  const user = context.user!;
  const body = jsonBody(context, {
    email: "string", password: "string", current_password: "string", nonce: "string", data: "object",
    app_metadata: "object", phone: "string", channel: "string", code_challenge: "string", code_challenge_method: "string",
  } as const);
  const changes: Changes = { ...body, ...(body.email ? { email: validateEmail(body.email) } : {}) };
  if (body.password !== undefined) checkPasswordStrength(app.config, body.password);
  const isAdmin = user.aud === app.config.jwt.aud && user.role === app.config.jwt.adminGroupName;
  if (body.app_metadata && !isAdmin) throw forbidden("not_admin", "Updating app_metadata requires admin privileges");
  if (user.is_anonymous && body.password && !body.email && !body.phone) {
    const message = "Updating password of an anonymous user without an email or phone is not allowed";
    throw unprocessable("validation_failed", message);
  }
  if (body.phone) throw lacksPhone();
  if (changes.email && changes.email !== user.email) {
    const taken = await users.findDuplicateEmail(app.pool, changes.email, requestAudience(context), user).catch((error) => error as Error);
    if (taken instanceof Error) throw internal("Database error checking email", taken);
    if (taken) throw unprocessable("email_exists", EMAIL_TAKEN);
  }
  if (changes.password !== undefined) await checkNewPassword(context, changes, changes.password);
  if (changes.password) user.encrypted_password = await hashPassword(changes.password);
  await transaction(app.pool, (tx) => apply(context, tx, changes));
  return { status: 200, json: users.userJson(user) };
};

async function apply(context: Context, tx: Db, changes: Changes): Promise<void> {
  const { app, session } = context;
  const user = context.user!;
  if (changes.password !== undefined) {
    await orInternal("Error during password storage", () => users.updatePassword(tx, user, session?.id));
    await audit(app, tx, user, "user_updated_password");
  }
  const { data, app_metadata: appData } = changes;
  if (data) await orInternal("Error updating user", () => users.updateUserMetaData(tx, user, data));
  if (appData) await orInternal("Error updating user", () => users.updateAppMetaData(tx, user, appData));
  if (changes.email && changes.email !== user.email) await requestEmailChange(context, tx, changes.email, changes);
  await orInternal("Error recording audit log entry", () => audit(app, tx, user, "user_modified"));
}

async function requestEmailChange(context: Context, tx: Db, email: string, pkceParams: Pkce): Promise<void> {
  const { app } = context;
  const user = context.user!;
  if (user.is_anonymous && app.config.mailer.autoconfirm) {
    user.email_change = email;
    await changeEmail(context, tx, user, "");
    return;
  }
  const pkce = Boolean(pkceParams.code_challenge);
  if (pkce) await createFlowState(tx, "email_change", "email_change", pkceParams, user.id);
  await sendEmailChange(app, tx, user, email, { pkce });
}

const DAY = 86_400_000;

/** Whether the old password, or a fresh session, must come first, and that the new one is new. */
async function checkNewPassword({ app, user: caller, session }: Context, changes: Changes, password: string): Promise<void> {
  const user = caller!;
  const { updatePasswordRequireReauthentication, updatePasswordRequireCurrentPassword } = app.config.security;
  const isFresh = session !== undefined && Date.now() <= session.created_at.getTime() + DAY;
  if (updatePasswordRequireReauthentication && !isFresh) {
    if (!changes.nonce) throw badRequest("reauthentication_needed", "Password update requires reauthentication");
    await checkNonce(app.pool, user, changes.nonce, app.config.mailer.otpExp);
  }
  if (password === "" || !user.encrypted_password) return;
  const isRecovery = session?.amr.some(({ method }) => ["otp", "magiclink", "recovery"].includes(method)) ?? false;
  if (updatePasswordRequireCurrentPassword && !isRecovery) {
    const message = "Current password required when setting new password.";
    if (!changes.current_password) throw badRequest("current_password_required", message);
    if (!(await passwordFits(user, changes.current_password))) throw badRequest("current_password_invalid", message);
  }
  if (await passwordFits(user, password)) throw unprocessable("same_password", "New password should be different from the old password.");
}

async function checkNonce(db: Db, user: User, nonce: string, otpExp: number): Promise<void> {
  const sent = user.reauthentication_sent_at;
  const isFresh = sent !== null && Date.now() <= sent.getTime() + otpExp * 1000;
  if (!isFresh || user.reauthentication_token === "" || user.reauthentication_token !== tokenHash(user.email ?? "", nonce)) {
    throw unprocessable("reauthentication_not_valid", "Nonce has expired or is invalid");
  }
  await users.updateUser(db, user, { reauthentication_token: "" });
}
