import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "./app.ts";
import { transaction, type Db } from "./db.ts";
import { CommitWithError, HttpError, badRequest, internal } from "./errors.ts";
import type { Context } from "./http.ts";
import { sign } from "./jwt.ts";
import { audit } from "./model/audit.ts";
import {
  createRefreshToken,
  createSession,
  findActiveRefreshToken,
  findRefreshToken,
  findSession,
  revokeFamily,
  touchSession,
  type Caller,
  type RefreshToken,
  type Session,
} from "./model/sessions.ts";
import { findUserById, isBanned, updateUser, userJson, type Json, type User } from "./model/users.ts";

/** What a sign-in answers with; upstream: internal/tokens/service.go, AccessTokenResponse. */
export type TokenResponse = {
  access_token: string;
  token_type: "bearer";
  expires_in: number;
  expires_at: number;
  refresh_token: string;
  user: Json;
};

export function caller(context: Context): Caller {
  return { userAgent: context.headers["user-agent"] ?? "", ip: context.remoteAddress };
}

function respond(app: App, user: User, session: Session, refreshToken: string): TokenResponse {
  const { exp, issuer } = app.config.jwt;
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...(issuer === "" ? {} : { iss: issuer }),
    sub: user.id, aud: user.aud, exp: iat + exp, iat,
    email: user.email ?? "", phone: user.phone ?? "", app_metadata: user.raw_app_meta_data, user_metadata: user.raw_user_meta_data,
    role: user.role, aal: session.aal ?? "aal1", amr: session.amr, session_id: session.id, is_anonymous: user.is_anonymous,
  };
  return {
    access_token: sign(app.keys, claims), token_type: "bearer", expires_in: exp, expires_at: iat + exp,
    refresh_token: refreshToken, user: userJson(user),
  };
}

/** A new session with its first refresh token. @param method the `amr` entry: password, otp, anonymous, … */
export async function issueTokens(context: Context, db: Db, user: User, method: string): Promise<TokenResponse> {
  const session = await createSession(db, user, caller(context), method);
  const { token } = await createRefreshToken(db, user, session.id);
  await updateUser(db, user, { last_sign_in_at: new Date() });
  Object.assign(context.replyHeaders, {
    "sb-auth-user-id": user.id, "sb-auth-session-id": session.id, "sb-auth-refresh-token-prefix": token.slice(0, 5),
  });
  return respond(context.app, user, session, token);
}

type Found = { user: User; token: RefreshToken; session: Session | undefined };

async function find(db: Db, token: string, lock: boolean): Promise<Found | undefined> {
  const row = await findRefreshToken(db, token, lock);
  const user = row && (await findUserById(db, row.user_id));
  if (!row || !user) return undefined;
  const session = row.session_id ? await findSession(db, row.session_id, lock) : undefined;
  return lock && !session ? undefined : { user, token: row, session };
}

/** Upstream waits for another refresh of the same session outside the database, for at most this long. */
const RETRY_MS = 5000;

/** @throws HttpError 400 refresh_token_not_found, refresh_token_already_used, session_not_found, session_expired, user_banned; 409 */
export async function refresh(context: Context, token: string): Promise<TokenResponse> {
  const { app } = context;
  for (const start = Date.now(); Date.now() - start < RETRY_MS; await sleep(10 + Math.random() * 20)) {
    const found = await find(app.pool, token, false).catch((error) => Promise.reject(internal(error.message, error)));
    if (!found) throw badRequest("refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
    context.replyHeaders["sb-auth-user-id"] = found.user.id;
    if (isBanned(found.user)) throw badRequest("user_banned", "Invalid Refresh Token: User Banned");
    if (!found.session) {
      await app.pool.query("delete from refresh_tokens where id = $1", [found.token.id]);
      throw badRequest("session_not_found", "Invalid Refresh Token: No Valid Session Found");
    }
    context.replyHeaders["sb-auth-session-id"] = found.session.id;
    if (found.session.not_after && found.session.not_after < new Date()) {
      throw badRequest("session_expired", "Invalid Refresh Token: Session Expired");
    }
    const response = await transaction(app.pool, (tx) => refreshLocked(context, tx, token));
    if (response) return response;
  }
  throw new HttpError(409, "conflict", "Too many concurrent token refresh requests on the same session or refresh token");
}

/** @returns undefined when another request holds the rows */
async function refreshLocked(context: Context, tx: Db, text: string): Promise<TokenResponse | undefined> {
  const found = await find(tx, text, true);
  if (!found) return undefined;
  const { user, token, session } = found as Found & { session: Session };
  const reissued = token.revoked ? await reuse(context.app, tx, token, session) : undefined;
  await audit(context.app, tx, user, "token_refreshed");
  let issued = reissued;
  if (!issued) {
    await audit(context.app, tx, user, "token_revoked");
    issued = (await createRefreshToken(tx, user, session.id, token)).token;
    // Upstream writes the column on every new token, with the value that it read.
    await updateUser(tx, user, { last_sign_in_at: user.last_sign_in_at });
    context.replyHeaders["sb-auth-refresh-token-reuse"] = "false";
  }
  context.replyHeaders["sb-auth-refresh-token-prefix"] = issued.slice(0, 5);
  const response = respond(context.app, user, session, issued);
  await touchSession(tx, session, caller(context));
  return response;
}

/**
 * A revoked token comes again. The parent of the active one: the client lost our answer, it gets the active one. Within the reuse
 * interval: it gets a new one. Else it may be stolen: with rotation the whole family is revoked, and that is committed.
 */
async function reuse(app: App, tx: Db, token: RefreshToken, session: Session): Promise<string | undefined> {
  const { refreshTokenReuseInterval, refreshTokenRotation } = app.config.security;
  const active = await findActiveRefreshToken(tx, session.id);
  if (active?.parent === token.token) return active.token;
  if (Date.now() <= token.updated_at.getTime() + refreshTokenReuseInterval * 1000) return undefined;
  if (refreshTokenRotation) await revokeFamily(tx, token);
  throw new CommitWithError(badRequest("refresh_token_already_used", "Invalid Refresh Token: Already Used"));
}
