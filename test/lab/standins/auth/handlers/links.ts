import { jsonBody } from "../body.ts";
import { transaction } from "../db.ts";
import { badRequest, lacksPhone, orInternal, unprocessable } from "../errors.ts";
import { requestAudience } from "../guards.ts";
import type { Context, Handler, Reply } from "../http.ts";
import { sendConfirmation, sendEmailChange, sendReauthentication, sendRecovery } from "../mail.ts";
import { audit } from "../model/audit.ts";
import { createFlowState, validatePkce, type Pkce } from "../model/flowState.ts";
import { findUserByEmail, type Json, type User } from "../model/users.ts";
import { randomPassword, validateEmail } from "../validate.ts";
import { signUpByEmail } from "./signup.ts";

const pkceFields = { code_challenge: "string", code_challenge_method: "string" } as const;
const nothing: Reply = { status: 200, json: {} };

function findUser(context: Context, email: string, message: string): Promise<User | undefined> {
  return orInternal(message, () => findUserByEmail(context.app.pool, email, requestAudience(context)));
}

export const recover: Handler = async (context) => {
  const { app } = context;
  const body = jsonBody(context, { email: "string", ...pkceFields });
  if (!body.email) throw badRequest("validation_failed", "Password recovery requires an email");
  const email = validateEmail(body.email);
  validatePkce(body);
  const user = await findUser(context, email, "Unable to process request");
  if (!user) return nothing;
  const pkce = Boolean(body.code_challenge);
  if (pkce) await createFlowState(app.pool, "recovery", "recovery", body, user.id);
  await transaction(app.pool, async (tx) => {
    await audit(app, tx, user, "user_recovery_requested");
    await sendRecovery(app, tx, user, { pkce }, "recovery");
  });
  return nothing;
};

export const otp: Handler = async (context) => {
  const { external } = context.app.config;
  const body = jsonBody(context, {
    email: "string", phone: "string", create_user: "boolean", data: "object", channel: "string",
    ...pkceFields,
  } as const);
  if (body.email && body.phone) throw badRequest("validation_failed", "Only an email address or phone number should be provided");
  if (body.email && body.channel) throw badRequest("validation_failed", "Channel should only be specified with Phone OTP");
  validatePkce(body);
  if (body.email && body.create_user === false) {
    const user = await findUser(context, validateEmail(body.email), "Database error finding user");
    if (!user) throw unprocessable("otp_disabled", "Signups not allowed for otp");
  }
  if (body.email) return sendMagicLink(context, body.email, body.data ?? {}, body);
  if (!body.phone) throw badRequest("validation_failed", "One of email or phone must be set");
  if (!external.phone) throw badRequest("phone_provider_disabled", "Unsupported phone provider");
  throw lacksPhone();
};

export const magicLink: Handler = async (context) => {
  const body = jsonBody(context, { email: "string", data: "object", ...pkceFields } as const);
  return sendMagicLink(context, body.email ?? "", body.data ?? {}, body);
};

async function sendMagicLink(context: Context, rawEmail: string, data: Json, pkceParams: Pkce): Promise<Reply> {
  const { app } = context;
  if (!app.config.external.email) throw unprocessable("email_provider_disabled", "Email logins are disabled");
  if (!app.config.external.magicLink) throw unprocessable("email_provider_disabled", "Login with magic link is disabled");
  if (rawEmail === "") throw unprocessable("validation_failed", "Password recovery requires an email");
  const email = validateEmail(rawEmail);
  validatePkce(pkceParams);
  const user = await findUser(context, email, "Database error finding user");
  if (user?.email_confirmed_at == null) {
    if (app.config.disableSignup) throw unprocessable("signup_disabled", "Signups not allowed for this instance");
    const { replyHeaders, ...rest } = context;
    // Upstream signs up behind a response that nobody sees: its headers must not leak into this one.
    await signUpByEmail({ ...rest, replyHeaders: {} }, { ...pkceParams, email, data, password: randomPassword(app.config) });
    return app.config.mailer.autoconfirm ? sendMagicLink(context, email, data, pkceParams) : nothing;
  }
  const pkce = Boolean(pkceParams.code_challenge);
  if (pkce) await createFlowState(app.pool, "magiclink", "magiclink", pkceParams, user.id);
  await transaction(app.pool, async (tx) => {
    await audit(app, tx, user, "user_recovery_requested");
    await sendRecovery(app, tx, user, { pkce }, "magic link");
  });
  return nothing;
}

export const resend: Handler = async (context) => {
  const { app } = context;
  const { external } = app.config;
  const body = jsonBody(context, { type: "string", email: "string", phone: "string", ...pkceFields });
  const fail = (message: string): never => {
    throw badRequest("validation_failed", message);
  };
  if (body.type === "signup" || body.type === "email_change") validatePkce(body);
  else if (body.type !== "sms" && body.type !== "phone_change") fail("Missing one of these types: signup, email_change, sms, phone_change");
  if (!body.email && body.type === "signup") fail("Type provided requires an email address");
  if (!body.phone && body.type === "sms") fail("Type provided requires a phone number");
  if (body.email && body.phone) fail("Only an email address or phone number should be provided.");
  if (!body.email && !body.phone) fail("Missing email address or phone number");
  if (body.email && !external.email) throw badRequest("email_provider_disabled", "Email logins are disabled");
  if (body.phone && !external.phone) throw badRequest("phone_provider_disabled", "Phone logins are disabled");
  if (body.phone) throw lacksPhone();
  const user = await findUser(context, validateEmail(body.email), "Unable to process request");
  const pkce = Boolean(body.code_challenge);
  if (user && body.type === "signup" && user.email_confirmed_at === null) {
    await transaction(app.pool, async (tx) => {
      await audit(app, tx, user, "user_confirmation_requested");
      if (pkce) await createFlowState(tx, "email/signup", "email/signup", body, user.id);
      await sendConfirmation(app, tx, user, { pkce });
    });
  }
  if (user && body.type === "email_change" && user.email_change !== "") {
    await transaction(app.pool, async (tx) => {
      if (pkce) await createFlowState(tx, "email_change", "email_change", body, user.id);
      await sendEmailChange(app, tx, user, user.email_change, { pkce });
    });
  }
  return nothing;
};

export const reauthenticate: Handler = async ({ app, user: caller }) => {
  const user = caller!;
  if (!user.email && !user.phone) {
    throw badRequest("validation_failed", "Reauthentication requires the user to have an email or a phone number");
  }
  if (!user.email) throw lacksPhone();
  if (user.email_confirmed_at === null) throw unprocessable("email_not_confirmed", "Please verify your email first.");
  await transaction(app.pool, async (tx) => {
    await audit(app, tx, user, "user_reauthenticate_requested");
    await sendReauthentication(app, tx, user);
  });
  return nothing;
};
