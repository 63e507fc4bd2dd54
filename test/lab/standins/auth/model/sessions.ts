import { randomInt, randomUUID } from "node:crypto";
import { insert, type Db } from "../db.ts";
import { INSTANCE, type User } from "./users.ts";

/** A row of auth.sessions, with the methods by which it was authenticated (auth.mfa_amr_claims), newest first. */
export type Session = {
  id: string;
  user_id: string;
  created_at: Date;
  not_after: Date | null;
  aal: "aal1" | "aal2" | "aal3" | null;
  amr: { method: string; timestamp: number }[];
};

/** A row of auth.refresh_tokens. `parent` is the token that this one replaced. */
export type RefreshToken = {
  id: string;
  token: string;
  user_id: string;
  parent: string | null;
  session_id: string | null;
  revoked: boolean;
  updated_at: Date;
};

export type Caller = { userAgent: string; ip: string };

/** @param lock takes the row for this transaction; a row that another one holds counts as not found (SKIP LOCKED), as upstream. */
export async function findSession(db: Db, id: string, lock = false): Promise<Session | undefined> {
  const { rows } = await db.query(`select * from sessions where id = $1${lock ? " for update skip locked" : ""}`, [id]);
  if (rows.length === 0) return undefined;
  const claims = await db.query("select authentication_method, updated_at from mfa_amr_claims where session_id = $1 order by updated_at desc", [id]);
  const amr = claims.rows.map((row) => ({ method: row.authentication_method, timestamp: Math.floor(row.updated_at.getTime() / 1000) }));
  return { ...rows[0], amr };
}

export async function createSession(db: Db, user: User, caller: Caller, method: string): Promise<Session> {
  const now = new Date();
  const { id } = await insert(db, "sessions", {
    id: randomUUID(), user_id: user.id, created_at: now, updated_at: now, aal: "aal1",
    user_agent: caller.userAgent || null, ip: caller.ip || null,
  });
  await db.query(
    "insert into mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method) values ($1, $2, $3, $3, $4)",
    [randomUUID(), id, now, method],
  );
  return (await findSession(db, id))!;
}

export async function touchSession(db: Db, session: Session, caller: Caller): Promise<void> {
  const query = "update sessions set refreshed_at = now() at time zone 'utc', user_agent = $2, ip = $3, updated_at = now() where id = $1";
  await db.query(query, [session.id, caller.userAgent || null, caller.ip || null]);
}

export async function findRefreshToken(db: Db, token: string, lock = false): Promise<RefreshToken | undefined> {
  const { rows } = await db.query(`select * from refresh_tokens where token = $1${lock ? " for update skip locked" : ""}`, [token]);
  return rows[0];
}

export async function findActiveRefreshToken(db: Db, sessionId: string): Promise<RefreshToken | undefined> {
  const { rows } = await db.query("select * from refresh_tokens where session_id = $1 and revoked is false order by id desc limit 1", [sessionId]);
  return rows[0];
}

/** @param parent is revoked and replaced */
export async function createRefreshToken(db: Db, user: User, sessionId: string, parent?: RefreshToken): Promise<RefreshToken> {
  const now = new Date();
  if (parent) await db.query("update refresh_tokens set revoked = true, updated_at = $2 where id = $1", [parent.id, now]);
  return insert(db, "refresh_tokens", {
    instance_id: INSTANCE, token: randomToken(), user_id: user.id, parent: parent?.token ?? null, session_id: sessionId,
    revoked: false, created_at: now, updated_at: now,
  });
}

export async function revokeFamily(db: Db, token: RefreshToken): Promise<void> {
  await db.query("update refresh_tokens set revoked = true, updated_at = now() where session_id = $1 and revoked = false", [token.session_id]);
}

// Twelve of a-z0-9: the form by which upstream tells these from its newer tokens.
function randomToken(): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)]).join("");
}
