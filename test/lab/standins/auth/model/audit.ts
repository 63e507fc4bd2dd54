import { randomUUID } from "node:crypto";
import type { App } from "../app.ts";
import { insert, type Db } from "../db.ts";
import { INSTANCE, type Json, type User } from "./users.ts";

const logTypes = {
  login: "account",
  logout: "account",
  user_signedup: "team",
  user_invited: "team",
  user_deleted: "team",
  token_revoked: "token",
  token_refreshed: "token",
  user_modified: "user",
  user_recovery_requested: "user",
  user_reauthenticate_requested: "user",
  user_confirmation_requested: "user",
  user_repeated_signup: "user",
  user_updated_password: "user",
} as const;

export type Action = keyof typeof logTypes;

/** A row of auth.audit_log_entries. An administrator has no user: the nil id and the role as the name. */
export async function audit(app: App, db: Db, actor: User | { role: string }, action: Action, traits?: Json): Promise<void> {
  if (app.config.auditLogDisablePostgres) return;
  const isUser = "id" in actor;
  const payload = {
    action,
    actor_id: isUser ? actor.id : INSTANCE,
    ...(isUser && "full_name" in actor.raw_user_meta_data ? { actor_name: actor.raw_user_meta_data.full_name } : {}),
    actor_username: isUser ? actor.phone || actor.email || "" : actor.role,
    actor_via_sso: isUser && actor.is_sso_user,
    log_type: logTypes[action],
    ...(traits ? { traits } : {}),
  };
  await insert(db, "audit_log_entries", { instance_id: INSTANCE, id: randomUUID(), payload, created_at: new Date(), ip_address: "" });
}

export function userTraits(user: User): Json {
  return { user_email: user.email ?? "", user_id: user.id, user_phone: user.phone ?? "" };
}
