// Who asks: the token's signature, its claims and the role (docs/references/auth.rst; src/PostgREST/Auth/Jwt.hs at v14.17).
import jsonwebtoken from "jsonwebtoken";
import type { Config } from "./config.ts";
import { jwtClaimsError, jwtDecodeError, jwtRequired, jwtSecretMissing } from "./errors.ts";
import { walkJsPath } from "./jsPath.ts";
import type { JwtAlgorithm, JwtKey } from "./jwtKeys.ts";

export interface AuthResult {
  role: string;
  claims: Record<string, unknown>;
}

/** seconds that two clocks may differ by */
const ALLOWED_SKEW = 30;

interface Header { alg?: unknown; kid?: unknown }

function decodePart(part: string): Record<string, unknown> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function verifies(token: string, key: JwtKey, algorithm: JwtAlgorithm): boolean {
  try {
    // Only the signature: the claims are checked below with upstream's rules and wording.
    jsonwebtoken.verify(token, key.key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch {
    return false;
  }
}

/** The claims of a token that one of the keys has signed. */
export function decodeToken(token: string, keys: JwtKey[]): Record<string, unknown> {
  if (token === "") throw jwtDecodeError("Empty JWT is sent in Authorization header");
  const parts = token.split(".");
  if (parts.length !== 3) throw jwtDecodeError(`Expected 3 parts in JWT; got ${parts.length}`);
  const header = decodePart(parts[0]!) as Header | undefined;
  if (typeof header?.alg !== "string") throw jwtDecodeError("JWT cryptographic operation failed");
  if (header.alg === "none") {
    throw jwtDecodeError("Wrong or unsupported encoding algorithm", "JWT is unsecured but expected 'alg' was not 'none'");
  }
  const algorithm = header.alg as JwtAlgorithm;
  // A token that names a key is only tried with that key: one with another `kid`, or with none, does not count.
  const candidates = keys.filter((key) => key.algorithms.includes(algorithm) && (header.kid === undefined || header.kid === key.kid));
  const wrongKey = "No suitable key or wrong key type";
  if (candidates.length === 0) throw jwtDecodeError(wrongKey, "No suitable key was found to decode the JWT");
  if (!candidates.some((key) => verifies(token, key, algorithm))) {
    throw jwtDecodeError(wrongKey, "None of the keys was able to decode the JWT");
  }
  const claims = decodePart(parts[1]!);
  if (claims === undefined) throw jwtClaimsError("Parsing claims failed");
  return claims;
}

function isAudience(aud: unknown): aud is string | string[] {
  return typeof aud === "string" || (Array.isArray(aud) && aud.every((one) => typeof one === "string"));
}

/** @param now seconds since the epoch */
export function checkClaims(claims: Record<string, unknown>, audience: string | undefined, now: number): void {
  const time = (name: "exp" | "nbf" | "iat", invalid: (at: number) => boolean, complaint: string): void => {
    const value = claims[name] ?? undefined;
    if (value === undefined) return;
    if (typeof value !== "number") throw jwtClaimsError(`The JWT '${name}' claim must be a number`);
    if (invalid(Math.floor(value))) throw jwtClaimsError(complaint);
  };
  const inTheFuture = (at: number): boolean => now + ALLOWED_SKEW < at;
  time("exp", (at) => now - ALLOWED_SKEW > at, "JWT expired");
  time("nbf", inTheFuture, "JWT not yet valid");
  time("iat", inTheFuture, "JWT issued at future");
  const aud = claims["aud"] ?? undefined;
  if (aud === undefined) return;
  if (!isAudience(aud)) throw jwtClaimsError("The JWT 'aud' claim must be a string or an array of strings");
  const all = typeof aud === "string" ? [aud] : aud;
  const matches = audience === undefined || (typeof aud !== "string" && all.length === 0) || all.includes(audience);
  if (!matches) throw jwtClaimsError("JWT not in audience");
}

/** @param authorization the header as it came. @param now milliseconds since the epoch */
export function authenticate(authorization: string | undefined, config: Config, now: number): AuthResult {
  const bearer = authorization === undefined ? null : /^bearer(?:\s+(.*))?$/i.exec(authorization.trim());
  let claims: Record<string, unknown> = {};
  if (bearer !== null) {
    if (config.jwtKeys === undefined) throw jwtSecretMissing();
    claims = decodeToken((bearer[1] ?? "").trim(), config.jwtKeys);
  }
  checkClaims(claims, config.jwtAud, Math.floor(now / 1000));
  const claimed = walkJsPath(claims, config.jwtRoleClaimKey);
  const role = claimed === undefined ? config.dbAnonRole : typeof claimed === "string" ? claimed : JSON.stringify(claimed);
  if (role === undefined) throw jwtRequired();
  return { role, claims: { ...claims, role } };
}
