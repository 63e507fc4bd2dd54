import { randomUUID } from "node:crypto";
import type { Db } from "../db.ts";

export type OneTimeTokenType =
  | "confirmation_token"
  | "reauthentication_token"
  | "recovery_token"
  | "email_change_token_new"
  | "email_change_token_current";

export async function clearOneTimeTokens(db: Db, userId: string, type?: OneTimeTokenType): Promise<void> {
  if (type) await db.query("delete from one_time_tokens where user_id = $1 and token_type = $2", [userId, type]);
  else await db.query("delete from one_time_tokens where user_id = $1", [userId]);
}

export async function createOneTimeToken(db: Db, userId: string, relatesTo: string, hash: string, type: OneTimeTokenType): Promise<void> {
  await clearOneTimeTokens(db, userId, type);
  const query =
    "insert into one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at, updated_at) values ($1, $2, $3, $4, $5, now() at time zone 'utc', now() at time zone 'utc')";
  await db.query(query, [randomUUID(), userId, type, hash, relatesTo.toLowerCase()]);
}

/** @returns the id of the user whom the token belongs to */
export async function findOneTimeToken(db: Db, hash: string, types: readonly OneTimeTokenType[]): Promise<string | undefined> {
  const query = "select user_id from one_time_tokens where token_hash = $1 and token_type = any($2::auth.one_time_token_type[]) limit 1";
  const { rows } = await db.query(query, [hash, types]);
  return rows[0]?.user_id;
}
