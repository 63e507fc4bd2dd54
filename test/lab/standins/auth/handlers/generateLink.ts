import { jsonBody } from "../body.ts";
import { transaction, type Db } from "../db.ts";
import { badRequest, notFound, orInternal, unprocessable } from "../errors.ts";
import { requestAudience } from "../guards.ts";
import type { Context, Handler } from "../http.ts";
import { sendInvite } from "../mail.ts";
import { audit } from "../model/audit.ts";
import { createIdentity, emailIdentityData } from "../model/identities.ts";
import { createOneTimeToken, type OneTimeTokenType } from "../model/oneTimeTokens.ts";
import * as users from "../model/users.ts";
import type { NewUser, User } from "../model/users.ts";
import { checkPasswordStrength, isRedirectAllowed, randomOtp, randomPassword, referrer, tokenHash, validateEmail } from "../validate.ts";
import { newUser, signUpNewUser } from "./signup.ts";
import { EMAIL_TAKEN } from "./user.ts";

type Params = { type: string; email: string; new_email: string; password: string; data: users.Json };
type Link = { hash: string; otp: string; token: string };

/** Makes a link without sending it (upstream: internal/api/mail.go, adminGenerateLink). */
export const generateLink: Handler = async (context) => {
  const { app } = context;
  const body = jsonBody(context, {
    type: "string", email: "string", new_email: "string", password: "string", data: "object", redirect_to: "string",
  } as const);
  const email = validateEmail(body.email);
  const target = body.redirect_to && isRedirectAllowed(app.config, body.redirect_to) ? body.redirect_to : referrer(context);
  const known = await orInternal("Database error finding user", () => users.findUserByEmail(app.pool, email, requestAudience(context)));
  const params: Params = { type: body.type ?? "", email, new_email: body.new_email ?? "", password: body.password ?? "", data: body.data ?? {} };
  if (!known) fitToNobody(context, params);
  const draft = known ? undefined : await draftFor(context, params);
  const otp = randomOtp(app.config.mailer.otpLength);
  const hash = tokenHash(email, otp);
  const { user, link } = await transaction(app.pool, (tx) => makeLink(context, tx, params, known, draft, { otp, hash, token: hash }));
  const path = new URL(pathOf(context, params.type), app.config.api.externalUrl);
  path.search = `token=${link.token}&type=${params.type.replace(/_(current|new)$/, "")}&redirect_to=${encodeRedirect(target)}`;
  return {
    status: 200,
    json: {
      ...users.userJson(user),
      action_link: path.href, email_otp: otp, hashed_token: hash, verification_type: params.type, redirect_to: target,
    },
  };
};

// A caller's own encoding stays; what cannot have been encoded is.
function encodeRedirect(target: string): string {
  return /[&=#]/.test(target) ? encodeURIComponent(target).replace(/%20/g, "+") : target;
}

function pathOf({ app }: Context, type: string): string {
  const { invite, confirmation, recovery, emailChange } = app.config.mailer.urlPaths;
  if (type === "invite") return invite;
  if (type === "signup") return confirmation;
  return type.startsWith("email_change") ? emailChange : recovery;
}

function fitToNobody({ app }: Context, params: Params): void {
  if (params.type === "magiclink") Object.assign(params, { type: "signup", password: randomPassword(app.config) });
  else if (["recovery", "email_change_current", "email_change_new"].includes(params.type)) {
    throw notFound("user_not_found", "User with this email not found");
  }
}

async function draftFor(context: Context, params: Params): Promise<NewUser | undefined> {
  const aud = requestAudience(context);
  if (params.type === "invite") return newUser(params.email, "", aud, params.data);
  if (params.type !== "signup") return undefined;
  if (params.password === "") throw badRequest("validation_failed", "Signup requires a valid password");
  checkPasswordStrength(context.app.config, params.password);
  return newUser(params.email, params.password, aud, params.data);
}

async function makeLink(context: Context, tx: Db, params: Params, known: User | undefined, draft: NewUser | undefined, link: Link) {
  const { type } = params;
  if (known && (type === "magiclink" || type === "recovery")) {
    await audit(context.app, tx, known, "user_recovery_requested");
    await store(tx, known, "recovery_token", link.hash, { recovery_sent_at: new Date() });
    return { user: known, link };
  }
  if (type === "invite" || type === "signup") return { user: await confirmationLink(context, tx, params, known, draft, link), link };
  if (known && (type === "email_change_current" || type === "email_change_new")) {
    return { user: known, link: await emailChangeLink(context, tx, params, known, link) };
  }
  throw badRequest("validation_failed", `Invalid email action link type requested: ${type}`);
}

async function confirmationLink(context: Context, tx: Db, params: Params, known: User | undefined, draft: NewUser | undefined, link: Link) {
  if (known && known.email_confirmed_at !== null) throw unprocessable("email_exists", EMAIL_TAKEN);
  const user = known ?? (await createUnconfirmed(context, tx, draft!));
  const isInvite = params.type === "invite";
  if (isInvite) await audit(context.app, tx, context.admin!, "user_invited", { user_email: user.email ?? "", user_id: user.id });
  else if (known) await orInternal("Database error updating user", () => users.updateUserMetaData(tx, user, params.data));
  const now = new Date();
  await store(tx, user, "confirmation_token", link.hash, { confirmation_sent_at: now, ...(isInvite ? { invited_at: now } : {}) });
  return user;
}

async function createUnconfirmed(context: Context, tx: Db, draft: NewUser): Promise<User> {
  const user = await signUpNewUser(context, tx, draft);
  user.identities = [await createIdentity(tx, user, "email", emailIdentityData(user, user.email ?? ""))];
  return user;
}

async function emailChangeLink({ app }: Context, tx: Db, params: Params, user: User, link: Link): Promise<Link> {
  const isCurrent = params.type === "email_change_current";
  if (isCurrent && !app.config.mailer.secureEmailChange) {
    throw badRequest("validation_failed", "Enable secure email change to generate link for current email");
  }
  const email = validateEmail(params.new_email);
  const taken = await orInternal("Database error checking email", () => users.findDuplicateEmail(tx, email, user.aud, user));
  if (taken) throw unprocessable("email_exists", EMAIL_TAKEN);
  const token = isCurrent ? link.hash : tokenHash(email, link.otp);
  const changes = { email_change: email, email_change_sent_at: new Date(), email_change_confirm_status: 0 };
  await store(tx, user, isCurrent ? "email_change_token_current" : "email_change_token_new", token, changes, isCurrent ? user.email! : email);
  return { ...link, token };
}

async function store(tx: Db, user: User, column: OneTimeTokenType, hash: string, changes: Partial<User>, relatesTo = user.email ?? ""): Promise<void> {
  await users.updateUser(tx, user, { [column]: hash, ...changes });
  await createOneTimeToken(tx, user.id, relatesTo, hash, column);
}

/** `/invite`: as generate_link's invite, but by mail. */
export const invite: Handler = async (context) => {
  const { app } = context;
  const body = jsonBody(context, { email: "string", data: "object" } as const);
  const email = validateEmail(body.email);
  const aud = requestAudience(context);
  const known = await orInternal("Database error finding user", () => users.findUserByEmail(app.pool, email, aud));
  const draft = await newUser(email, "", aud, body.data ?? {});
  const user = await transaction(app.pool, async (tx) => {
    if (known && known.email_confirmed_at !== null) throw unprocessable("email_exists", EMAIL_TAKEN);
    const invited = known ?? (await createUnconfirmed(context, tx, draft));
    await audit(app, tx, context.admin!, "user_invited", { user_email: invited.email ?? "", user_id: invited.id });
    await sendInvite(app, tx, invited);
    return invited;
  });
  return { status: 200, json: users.userJson(user) };
};
