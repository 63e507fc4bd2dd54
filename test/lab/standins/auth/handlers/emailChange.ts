import type { Db } from "../db.ts";
import type { Context } from "../http.ts";
import { audit } from "../model/audit.ts";
import { createIdentity, emailIdentityData, findIdentities, findIdentity, updateIdentityData } from "../model/identities.ts";
import { clearOneTimeTokens } from "../model/oneTimeTokens.ts";
import * as users from "../model/users.ts";
import type { User } from "../model/users.ts";
import { orInternal } from "../errors.ts";

/**
 * Confirms one address of a change, or makes the change (upstream: internal/api/verify.go, emailChangeVerify).
 * @returns false when the other address must be confirmed first
 */
export async function changeEmail({ app }: Context, tx: Db, user: User, hash: string): Promise<boolean> {
  const { autoconfirm, secureEmailChange } = app.config.mailer;
  if (!autoconfirm && secureEmailChange && user.email_change_confirm_status === 0 && user.email) {
    await confirmOne(tx, user, hash);
    return false;
  }
  await audit(app, tx, user, "user_modified");
  const identity = await findIdentity(tx, user.id, "email");
  const changes = { email: user.email_change, email_verified: true };
  if (identity) await updateIdentityData(tx, identity, changes);
  else await createIdentity(tx, user, "email", emailIdentityData(user, user.email_change, true));
  if (user.is_anonymous) await users.updateUser(tx, user, { is_anonymous: false });
  user.identities = await findIdentities(tx, user.id);
  await orInternal("Error confirm email", () => apply(tx, user));
  return true;
}

async function confirmOne(tx: Db, user: User, hash: string): Promise<void> {
  const which = [hash, `pkce_${hash}`].includes(user.email_change_token_current) ? "current" : "new";
  const column = `email_change_token_${which}` as const;
  await users.updateUser(tx, user, { email_change_confirm_status: 1, [column]: "" });
  await clearOneTimeTokens(tx, user.id, column);
}

async function apply(tx: Db, user: User): Promise<void> {
  await users.updateUser(tx, user, {
    email: user.email_change, email_change: "", email_change_confirm_status: 0,
    email_change_token_current: "", email_change_token_new: "",
  });
  await clearOneTimeTokens(tx, user.id);
  if (user.email_confirmed_at === null) await users.confirmUser(tx, user);
}
