import { randomUUID } from "node:crypto";
import bcrypt from "bcryptjs";
import { jsonBody } from "../body.ts";
import { transaction, type Db } from "../db.ts";
import { badRequest, internal, lacksPhone, orInternal, unprocessable } from "../errors.ts";
import { requestAudience } from "../guards.ts";
import type { Context, Handler, Reply } from "../http.ts";
import { sendConfirmation } from "../mail.ts";
import { audit } from "../model/audit.ts";
import { createFlowState, validatePkce, type Pkce } from "../model/flowState.ts";
import { createIdentity, emailIdentityData, findIdentity } from "../model/identities.ts";
import * as users from "../model/users.ts";
import type { Json, NewUser, User } from "../model/users.ts";
import { issueTokens } from "../tokens.ts";
import { checkPasswordStrength, validateEmail } from "../validate.ts";

/** bcrypt.DefaultCost of Go's x/crypto. */
const COST = 10;

export type SignUp = Pkce & { email: string; password: string; data: Json };

export const signup: Handler = async (context) => {
  const { external } = context.app.config;
  const body = jsonBody(context, {
    email: "string", phone: "string", password: "string", data: "object", channel: "string",
    code_challenge: "string", code_challenge_method: "string",
  } as const);
  if (!body.email && !body.phone) {
    if (!external.anonymousUsers) throw unprocessable("anonymous_provider_disabled", "Anonymous sign-ins are disabled");
    return signUpAnonymously(context, body.data ?? {});
  }
  refuseWhenDisabled(context);
  const params = { ...body, email: body.email ?? "", password: body.password ?? "", data: body.data ?? {} };
  if (params.password === "") throw badRequest("validation_failed", "Signup requires a valid password");
  checkPasswordStrength(context.app.config, params.password);
  if (body.email && body.phone) {
    throw badRequest("validation_failed", "Only an email address or phone number should be provided on signup.");
  }
  if (body.phone && body.code_challenge) throw badRequest("validation_failed", "PKCE not supported for phone signups");
  validatePkce(body);
  if (body.phone && !external.phone) throw badRequest("phone_provider_disabled", "Phone signups are disabled");
  if (body.phone) throw lacksPhone();
  if (!external.email) throw badRequest("email_provider_disabled", "Email signups are disabled");
  return signUpByEmail(context, { ...params, email: validateEmail(params.email) });
};

function refuseWhenDisabled({ app }: Context): void {
  if (app.config.disableSignup) throw unprocessable("signup_disabled", "Signups not allowed for this instance");
}

async function signUpAnonymously(context: Context, data: Json): Promise<Reply> {
  refuseWhenDisabled(context);
  const draft = { ...(await newUser("", "", requestAudience(context), data)), raw_app_meta_data: {}, is_anonymous: true };
  return orInternal("Database error creating anonymous user", () =>
    transaction(context.app.pool, async (tx) => {
      const user = await signUpNewUser(context, tx, draft);
      return { status: 200, json: await issueTokens(context, tx, user, "anonymous") };
    }),
  );
}

/** Also what `/otp` and `/magiclink` do for someone new. */
export async function signUpByEmail(context: Context, params: SignUp): Promise<Reply> {
  const { app } = context;
  const aud = requestAudience(context);
  const known = await users.findDuplicateEmail(app.pool, params.email, aud).catch((error) => Promise.reject(internal("Database error finding user", error)));
  if (known && known.email_confirmed_at !== null) return repeatedSignUp(context, known, params, aud);
  // Hashing takes long: not inside a transaction.
  const draft = known ? undefined : await newUser(params.email, params.password, aud, params.data);
  const user = await transaction(app.pool, async (tx) => {
    const created = known ?? (await signUpNewUser(context, tx, draft!));
    await addEmailIdentity(tx, created, params.data);
    await confirmOrSend(context, tx, created, params);
    return created;
  });
  if (user.email_confirmed_at === null) {
    if (user.invited_at !== null) Object.assign(user, { raw_user_meta_data: {}, identities: [] });
    return { status: 200, json: users.userJson(user) };
  }
  return transaction(app.pool, async (tx) => {
    await audit(app, tx, user, "login", { provider: "email" });
    return { status: 200, json: await issueTokens(context, tx, user, "password") };
  });
}

/** Nothing tells that the address is taken: a made-up user, unless confirmation is off and would tell anyway. */
async function repeatedSignUp({ app }: Context, user: User, params: SignUp, aud: string): Promise<Reply> {
  await audit(app, app.pool, user, "user_repeated_signup", { provider: "email" });
  if (app.config.mailer.autoconfirm || app.config.smsAutoconfirm) throw unprocessable("user_already_exists", "User already registered");
  const now = new Date();
  const blank = { email_change: "", last_sign_in_at: null, confirmed_at: null, email_change_sent_at: null, email_confirmed_at: null, phone_confirmed_at: null };
  Object.assign(user, blank, {
    id: randomUUID(), role: "", phone: "", aud, created_at: now, updated_at: now, confirmation_sent_at: now, identities: [],
    raw_user_meta_data: params.data, raw_app_meta_data: { provider: "email", providers: ["email"] },
  });
  return { status: 200, json: users.userJson(user) };
}

export async function newUser(email: string, password: string, aud: string, data: Json): Promise<NewUser> {
  return {
    id: randomUUID(), aud, email: email.toLowerCase(), raw_user_meta_data: data,
    raw_app_meta_data: { provider: "email", providers: ["email"] },
    encrypted_password: password === "" ? "" : await hashPassword(password),
  };
}

export function hashPassword(password: string): Promise<string> {
  return bcrypt.hash(password, COST);
}

export async function signUpNewUser({ app }: Context, tx: Db, draft: NewUser): Promise<User> {
  const user = await orInternal("Database error saving new user", () => users.createUser(tx, draft));
  await orInternal("Database error updating user", () => users.updateUser(tx, user, { role: app.config.jwt.defaultGroupName.trim() }));
  await orInternal("Database error loading user after sign-up", () => users.reloadUser(tx, user));
  return user;
}

async function addEmailIdentity(tx: Db, user: User, data: Json): Promise<void> {
  const known = await findIdentity(tx, user.id, "email");
  if (known) {
    user.identities = [known];
    return;
  }
  const identityData = { ...data, ...emailIdentityData(user, user.email ?? "") };
  const identity = await orInternal("Error creating identity", () => createIdentity(tx, user, "email", identityData));
  // Unconfirmed until now: other identities and metadata may be somebody else's (upstream: RemoveUnconfirmedIdentities).
  await users.updateUser(tx, user, { raw_user_meta_data: identity.identity_data });
  for (const other of user.identities ?? []) await tx.query("delete from identities where id = $1", [other.id]);
  await users.updateProviders(tx, user);
  user.identities = [identity];
}

async function confirmOrSend({ app }: Context, tx: Db, user: User, params: SignUp): Promise<void> {
  if (app.config.mailer.autoconfirm) {
    await audit(app, tx, user, "user_signedup", { provider: "email" });
    await orInternal("Database error updating user", () => users.confirmUser(tx, user));
    return;
  }
  await audit(app, tx, user, "user_confirmation_requested", { provider: "email" });
  const pkce = Boolean(params.code_challenge);
  if (pkce) await createFlowState(tx, "email", "email/signup", params, user.id);
  await sendConfirmation(app, tx, user, { pkce });
}
