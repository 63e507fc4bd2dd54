import type { Context } from "./http.ts";
import { HttpError, badRequest, forbidden, internal, notFound } from "./errors.ts";
import { TokenError, verify, type Claims } from "./jwt.ts";
import { findSession } from "./model/sessions.ts";
import { findUserById, isBanned } from "./model/users.ts";

/** Runs before a handler; throws, or fills in the context (upstream: internal/api/auth.go and middleware.go). */
export type Guard = (context: Context) => Promise<void>;

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const NIL = "00000000-0000-0000-0000-000000000000";

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function bearerClaims(context: Context): Claims {
  const token = /^bearer (\S+$)/i.exec(context.headers.authorization ?? "")?.[1];
  if (!token) throw new HttpError(401, "no_authorization", "This endpoint requires a valid Bearer token");
  try {
    return verify(context.app.keys, context.app.config.jwt, token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw forbidden("bad_jwt", `invalid JWT: unable to parse or verify signature, ${error.message}`);
  }
}

async function loadUserAndSession(context: Context, claims: Claims): Promise<void> {
  const { pool } = context.app;
  if (!claims.sub) throw forbidden("bad_jwt", "invalid claim: missing sub claim");
  if (!isUuid(claims.sub)) throw badRequest("bad_jwt", "invalid claim: sub claim must be a UUID");
  context.user = await findUserById(pool, claims.sub);
  if (!context.user) throw forbidden("user_not_found", "User from sub claim in JWT does not exist");
  if (!claims.session_id || claims.session_id === NIL) return;
  if (!isUuid(claims.session_id)) throw forbidden("bad_jwt", "invalid claim: session_id claim must be a UUID");
  context.session = await findSession(pool, claims.session_id);
  if (!context.session) throw forbidden("session_not_found", "Session from session_id claim in JWT does not exist");
}

export const requireAuthentication: Guard = async (context) => {
  context.claims = bearerClaims(context);
  await loadUserAndSession(context, context.claims);
  if (isBanned(context.user!)) throw forbidden("user_banned", "User is banned");
};

/** A token with an administrator's role; when it names a session, that session must still be there. */
export const requireAdmin: Guard = async (context) => {
  const claims = (context.claims = bearerClaims(context));
  if (claims.session_id && claims.session_id !== NIL) {
    await loadUserAndSession(context, claims);
    const { not_after: notAfter } = context.session!;
    if (notAfter && notAfter < new Date()) throw forbidden("session_expired", "Session is no longer valid");
  }
  if (!context.app.config.jwt.adminRoles.includes(claims.role ?? "")) throw forbidden("not_admin", "User not allowed");
  context.admin = { role: claims.role! };
};

export const requireNotAnonymous: Guard = async ({ claims }) => {
  if (claims?.is_anonymous) throw forbidden("no_authorization", "Anonymous user not allowed to perform these actions");
};

export const requireEmailProvider: Guard = async ({ app }) => {
  if (!app.config.external.email) throw badRequest("email_provider_disabled", "Email logins are disabled");
};

/** For `/admin/users/{user_id}`. */
export const loadUser: Guard = async (context) => {
  const id = context.params.user_id ?? "";
  if (!isUuid(id)) throw notFound("validation_failed", "user_id must be an UUID");
  try {
    context.user = await findUserById(context.app.pool, id);
  } catch (error) {
    throw internal("Database error loading user", error);
  }
  if (!context.user) throw notFound("user_not_found", "User not found");
};

type Feature = keyof Context["app"]["config"]["features"];
const disabled: Record<Feature, [code: string, message: string]> = {
  saml: ["saml_provider_disabled", "SAML 2.0 is disabled"],
  passkey: ["passkey_disabled", "Passkeys are disabled"],
  oauthServer: ["feature_disabled", "OAuth server is disabled"],
  customOauth: ["feature_disabled", "Custom OAuth providers are disabled"],
  scim: ["feature_disabled", "SCIM server is disabled"],
  manualLinking: ["manual_linking_disabled", "Manual linking is disabled"],
};

/** Off: upstream's answer. On: the route behind it answers 501. */
export function requireFeature(feature: Feature): Guard {
  return async ({ app }) => {
    if (!app.config.features[feature]) throw notFound(...disabled[feature]);
  };
}

/** The audience that a request is about: its header, else its token's (an administrator's says nothing), else the configured one. */
export function requestAudience({ app, headers, claims }: Context): string {
  const header = headers["x-jwt-aud"];
  if (typeof header === "string" && header !== "") return header;
  const claimed = claims && !app.config.jwt.adminRoles.includes(claims.role ?? "") ? [claims.aud].flat()[0] : undefined;
  return claimed || app.config.jwt.aud;
}
