import type { App } from "./app.ts";
import type { Db } from "./db.ts";
import { HttpError, internal } from "./errors.ts";
import { log } from "./log.ts";
import { createOneTimeToken } from "./model/oneTimeTokens.ts";
import { updateUser, type User } from "./model/users.ts";
import { randomOtp, tokenHash } from "./validate.ts";

/** `pkce_` before the hash tells a link's opener that it must answer with a code, not with tokens. */
export type Flow = { pkce: boolean };

const prefix = (flow: Flow) => (flow.pkce ? "pkce_" : "");

function checkFrequency(app: App, sentAt: Date | null): void {
  const left = (sentAt?.getTime() ?? 0) + app.config.smtp.maxFrequency - Date.now();
  if (left <= 0) return;
  const message = `For security purposes, you can only request this after ${Math.floor(left / 1000)} seconds.`;
  throw new HttpError(429, "over_email_send_rate_limit", message);
}

/**
 * Without GOTRUE_SMTP_HOST upstream uses a client that does nothing and succeeds; so does this. With one, this stand-in cannot send:
 * it answers as upstream does when the mail server fails, and its log says whose lack that is.
 */
function deliver(app: App, what: string): void {
  if (app.config.smtp.host === "") return;
  log("error", "lab-auth lacks SMTP: no mail was sent; GOTRUE_SMTP_HOST is set", { mail: what });
  throw internal(`Error sending ${what} email`, new Error("lab-auth, a stand-in, lacks SMTP"));
}

/** The link that confirms a sign-up. */
export async function sendConfirmation(app: App, db: Db, user: User, flow: Flow): Promise<void> {
  checkFrequency(app, user.confirmation_sent_at);
  deliver(app, "confirmation");
  await storeConfirmation(app, db, user, flow, {});
}

export async function sendInvite(app: App, db: Db, user: User): Promise<void> {
  deliver(app, "invite");
  await storeConfirmation(app, db, user, { pkce: false }, { invited_at: new Date() });
}

async function storeConfirmation(app: App, db: Db, user: User, flow: Flow, changes: Partial<User>): Promise<void> {
  const hash = prefix(flow) + tokenHash(user.email ?? "", randomOtp(app.config.mailer.otpLength));
  await updateUser(db, user, { confirmation_token: hash, confirmation_sent_at: new Date(), ...changes });
  await createOneTimeToken(db, user.id, user.email ?? "", hash, "confirmation_token");
}

/** @param what "recovery" or "magic link": both share a token and the time between two mails. */
export async function sendRecovery(app: App, db: Db, user: User, flow: Flow, what: "recovery" | "magic link"): Promise<void> {
  checkFrequency(app, user.recovery_sent_at);
  deliver(app, what);
  const hash = prefix(flow) + tokenHash(user.email ?? "", randomOtp(app.config.mailer.otpLength));
  await updateUser(db, user, { recovery_token: hash, recovery_sent_at: new Date() });
  await createOneTimeToken(db, user.id, user.email ?? "", hash, "recovery_token");
}

export async function sendReauthentication(app: App, db: Db, user: User): Promise<void> {
  checkFrequency(app, user.reauthentication_sent_at);
  deliver(app, "reauthentication");
  const hash = tokenHash(user.email ?? "", randomOtp(app.config.mailer.otpLength));
  await updateUser(db, user, { reauthentication_token: hash, reauthentication_sent_at: new Date() });
  await createOneTimeToken(db, user.id, user.email ?? "", hash, "reauthentication_token");
}

/** One link to the new address and, with secure email change, one to the old. */
export async function sendEmailChange(app: App, db: Db, user: User, email: string, flow: Flow): Promise<void> {
  checkFrequency(app, user.email_change_sent_at);
  deliver(app, "email change");
  const { otpLength, secureEmailChange } = app.config.mailer;
  const toOld = secureEmailChange && user.email ? prefix(flow) + tokenHash(user.email, randomOtp(otpLength)) : "";
  const toNew = prefix(flow) + tokenHash(email, randomOtp(otpLength));
  await updateUser(db, user, {
    email_change: email, email_change_token_new: toNew, email_change_sent_at: new Date(), email_change_confirm_status: 0,
    ...(toOld ? { email_change_token_current: toOld } : {}),
  });
  if (toOld) await createOneTimeToken(db, user.id, user.email!, toOld, "email_change_token_current");
  await createOneTimeToken(db, user.id, email, toNew, "email_change_token_new");
}
