import { insert, type Db } from "../db.ts";
import type { Json, User } from "./users.ts";

/** A row of auth.identities. `provider_id` is what the JSON calls `id`. */
export type Identity = {
  id: string;
  provider_id: string;
  user_id: string;
  identity_data: Json;
  provider: string;
  last_sign_in_at: Date | null;
  created_at: Date;
  updated_at: Date;
  email: string | null;
};

export async function findIdentities(db: Db, userId: string): Promise<Identity[]> {
  const { rows } = await db.query("select * from identities where user_id = $1", [userId]);
  return rows;
}

export async function findIdentity(db: Db, providerId: string, provider: string): Promise<Identity | undefined> {
  const { rows } = await db.query("select * from identities where provider_id = $1 and provider = $2", [providerId, provider]);
  return rows[0];
}

/** What upstream stores of an email identity: its Claims struct, of which only these are not left out when empty. */
export function emailIdentityData(user: { id: string }, email: string, emailVerified = false): Json {
  return { sub: user.id, email, email_verified: emailVerified, phone_verified: false };
}

export async function createIdentity(db: Db, user: User, provider: string, data: Json): Promise<Identity> {
  const now = new Date();
  const row: Identity = await insert(db, "identities", {
    provider_id: data.sub, user_id: user.id, identity_data: data, provider,
    last_sign_in_at: now, created_at: now, updated_at: now,
  });
  // The caller's object, not a copy: see mergeJson.
  return { ...row, identity_data: data };
}

export async function updateIdentityData(db: Db, identity: Identity, changes: Json): Promise<void> {
  identity.identity_data = { ...identity.identity_data, ...changes };
  await db.query("update identities set identity_data = $2 where id = $1", [identity.id, identity.identity_data]);
}
