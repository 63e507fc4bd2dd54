import { createHash } from "node:crypto";
import { insert, update, type Db } from "../db.ts";
import { findIdentities, type Identity } from "./identities.ts";
import { clearOneTimeTokens } from "./oneTimeTokens.ts";

/** Upstream filters everything by this instance id: a row that a user inserts without it is not found. */
export const INSTANCE = "00000000-0000-0000-0000-000000000000";

export type Json = Record<string, unknown>;

/** A row of auth.users, its columns' names, and its identities (null: not loaded, as in a list). */
export type User = {
  id: string;
  instance_id: string;
  aud: string;
  role: string;
  email: string | null;
  phone: string | null;
  encrypted_password: string | null;
  email_confirmed_at: Date | null;
  phone_confirmed_at: Date | null;
  confirmed_at: Date | null;
  invited_at: Date | null;
  confirmation_token: string;
  confirmation_sent_at: Date | null;
  recovery_token: string;
  recovery_sent_at: Date | null;
  email_change_token_current: string;
  email_change_token_new: string;
  email_change: string;
  email_change_sent_at: Date | null;
  email_change_confirm_status: number;
  phone_change: string;
  phone_change_token: string;
  phone_change_sent_at: Date | null;
  reauthentication_token: string;
  reauthentication_sent_at: Date | null;
  last_sign_in_at: Date | null;
  raw_app_meta_data: Json;
  raw_user_meta_data: Json;
  is_sso_user: boolean;
  is_anonymous: boolean;
  banned_until: Date | null;
  deleted_at: Date | null;
  created_at: Date;
  updated_at: Date;
  identities: Identity[] | null;
};

export type NewUser = Pick<User, "id" | "aud" | "email" | "raw_user_meta_data"> & {
  encrypted_password: string;
  raw_app_meta_data: Json;
  is_anonymous?: boolean;
};

/** Text columns that upstream reads into a Go string: NULL there (a user's own INSERT) makes every read of that user fail. */
const neverNull = [
  ...["aud", "role", "confirmation_token", "recovery_token", "email_change_token_current", "email_change_token_new", "email_change"],
  ...["phone_change", "phone_change_token", "reauthentication_token"],
];

/** @throws Error in database/sql's words; upstream answers 500 "Database error querying schema" or the like. */
export function readUser(row: any, identities: Identity[] | null): User {
  for (const name of neverNull) {
    if (row[name] === null) throw new Error(`sql: Scan error on column "${name}": converting NULL to string is unsupported`);
  }
  return { ...row, raw_app_meta_data: row.raw_app_meta_data ?? {}, raw_user_meta_data: row.raw_user_meta_data ?? {}, identities };
}

async function findOne(db: Db, where: string, values: unknown[]): Promise<User | undefined> {
  const { rows } = await db.query(`select * from users where instance_id = $1 and ${where} limit 1`, [INSTANCE, ...values]);
  return rows.length === 0 ? undefined : readUser(rows[0], await findIdentities(db, rows[0].id));
}

export function findUserById(db: Db, id: string): Promise<User | undefined> {
  return findOne(db, "id = $2", [id]);
}

export function findUserByEmail(db: Db, email: string, aud: string): Promise<User | undefined> {
  return findOne(db, "lower(email) = $2 and aud = $3 and is_sso_user = false", [email.toLowerCase(), aud]);
}

/** A user who has this email, also by an identity that is no single sign-on's; `except` leaves out the one who asks. */
export async function findDuplicateEmail(db: Db, email: string, aud: string, except?: User): Promise<User | undefined> {
  const query = "select distinct user_id from identities where email = $1 and provider not like 'sso:%'";
  const { rows } = await db.query(query, [email.toLowerCase()]);
  for (const { user_id } of rows) {
    if (user_id === except?.id) continue;
    const user = await findUserById(db, user_id);
    if (user?.aud === aud) return user;
  }
  return findUserByEmail(db, email, aud);
}

/**
 * Inserts first and sets the role after, as upstream: a trigger on INSERT sees role '' and only the metadata that was passed in.
 */
export async function createUser(db: Db, user: NewUser): Promise<User> {
  const now = new Date();
  const row = await insert(db, "users", {
    instance_id: INSTANCE, id: user.id, aud: user.aud, role: "", email: user.email || null, phone: null,
    encrypted_password: user.encrypted_password,
    confirmation_token: "", recovery_token: "", email_change_token_current: "", email_change_token_new: "", email_change: "",
    email_change_confirm_status: 0, phone_change: "", phone_change_token: "", reauthentication_token: "",
    raw_app_meta_data: user.raw_app_meta_data, raw_user_meta_data: user.raw_user_meta_data,
    is_sso_user: false, is_anonymous: user.is_anonymous ?? false, created_at: now, updated_at: now,
  });
  return readUser(row, []);
}

export function updateUser(db: Db, user: User, changes: Partial<User>): Promise<void> {
  return update(db, "users", user, changes);
}

/** Reads again what generated columns and a user's triggers made of the row. */
export async function reloadUser(db: Db, user: User): Promise<void> {
  const { rows } = await db.query("select * from users where id = $1", [user.id]);
  Object.assign(user, readUser(rows[0], user.identities));
}

/** Sets keys; null removes one. The object stays the same one: an identity may share it (as in upstream's answer to a sign-up). */
export function mergeJson(target: Json, changes: Json): Json {
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete target[key];
    else target[key] = value;
  }
  return target;
}

export function updateUserMetaData(db: Db, user: User, changes: Json): Promise<void> {
  return updateUser(db, user, { raw_user_meta_data: mergeJson(user.raw_user_meta_data, changes) });
}

export function updateAppMetaData(db: Db, user: User, changes: Json): Promise<void> {
  return updateUser(db, user, { raw_app_meta_data: mergeJson(user.raw_app_meta_data, changes) });
}

export async function updateProviders(db: Db, user: User): Promise<void> {
  const { rows } = await db.query("select provider from identities where user_id = $1 order by created_at", [user.id]);
  const providers = [...new Set(rows.map((row) => row.provider as string))];
  await updateAppMetaData(db, user, { providers, ...(providers.length > 0 ? { provider: providers[0] } : {}) });
}

export async function confirmUser(db: Db, user: User): Promise<void> {
  await updateUser(db, user, { confirmation_token: "", email_confirmed_at: new Date() });
  await updateUserMetaData(db, user, { email_verified: true });
  await clearOneTimeTokens(db, user.id);
}

/** Stores a new hash, drops every pending link and ends the sessions; `keepSession` stays. */
export async function updatePassword(db: Db, user: User, keepSession: string | undefined): Promise<void> {
  await updateUser(db, user, {
    encrypted_password: user.encrypted_password, confirmation_token: "", confirmation_sent_at: null,
    recovery_token: "", recovery_sent_at: null, email_change_token_current: "", email_change_token_new: "",
    email_change_sent_at: null, phone_change_token: "", phone_change_sent_at: null,
    reauthentication_token: "", reauthentication_sent_at: null,
  });
  await clearOneTimeTokens(db, user.id);
  const nobody = "00000000-0000-0000-0000-000000000000";
  await db.query("delete from sessions where user_id = $1 and id <> $2", [user.id, keepSession ?? nobody]);
}

export async function softDeleteUser(db: Db, user: User): Promise<void> {
  const hide = (value: string) => createHash("sha256").update(user.id + value).digest("base64url");
  await updateUser(db, user, {
    email: hide(user.email ?? ""), phone: hide(user.phone ?? "").slice(0, 15), encrypted_password: null,
    email_change: hide(user.email_change), phone_change: hide(user.phone_change).slice(0, 15),
    confirmation_token: "", recovery_token: "", email_change_token_current: "", email_change_token_new: "",
    phone_change_token: "", deleted_at: new Date(), raw_user_meta_data: {}, raw_app_meta_data: {},
  });
  await clearOneTimeTokens(db, user.id);
  for (const { id, provider_id } of user.identities ?? []) {
    const hidden = createHash("sha256").update(user.id + provider_id).digest("base64url");
    await db.query("update identities set identity_data = '{}', provider_id = $2 where id = $1", [id, hidden]);
  }
  for (const table of ["mfa_factors", "webauthn_credentials", "sessions"]) {
    await db.query(`delete from ${table} where user_id = $1`, [user.id]);
  }
}

export function isBanned(user: User): boolean {
  return user.banned_until !== null && user.banned_until > new Date();
}

const optional = <K extends string, V>(name: K, value: V | null | "") => (value === null || value === "" ? {} : { [name]: value });

/** The user as upstream shows it: order, names and what is left out when empty are those of models.User's JSON tags. */
export function userJson(user: User): Json {
  return {
    id: user.id, aud: user.aud, role: user.role, email: user.email ?? "",
    ...optional("email_confirmed_at", user.email_confirmed_at),
    ...optional("invited_at", user.invited_at),
    phone: user.phone ?? "",
    ...optional("phone_confirmed_at", user.phone_confirmed_at),
    ...optional("confirmation_sent_at", user.confirmation_sent_at),
    ...optional("confirmed_at", user.confirmed_at),
    ...optional("recovery_sent_at", user.recovery_sent_at),
    ...optional("new_email", user.email_change),
    ...optional("email_change_sent_at", user.email_change_sent_at),
    ...optional("new_phone", user.phone_change),
    ...optional("phone_change_sent_at", user.phone_change_sent_at),
    ...optional("reauthentication_sent_at", user.reauthentication_sent_at),
    ...optional("last_sign_in_at", user.last_sign_in_at),
    app_metadata: user.raw_app_meta_data,
    user_metadata: user.raw_user_meta_data,
    identities: user.identities?.map(identityJson) ?? null,
    created_at: user.created_at, updated_at: user.updated_at,
    ...optional("banned_until", user.banned_until),
    ...optional("deleted_at", user.deleted_at),
    is_anonymous: user.is_anonymous,
  };
}

function identityJson(identity: Identity): Json {
  const { id, provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at, email } = identity;
  return {
    identity_id: id, id: provider_id, user_id,
    ...(Object.keys(identity_data).length > 0 ? { identity_data } : {}),
    provider,
    ...optional("last_sign_in_at", last_sign_in_at),
    created_at, updated_at,
    ...optional("email", email),
  };
}
