// Upstream's channels_authorization.ex and jwt_verification.ex (v2.129.8).
import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";

export type Claims = Record<string, unknown> & { role?: string; sub?: string; exp?: number };
export type Jwks = { keys?: (JsonWebKey & { kid?: string })[] } | null;

export type TokenProblem =
  | { reason: "token_malformed" | "signature_error" | "error_generating_signer" | "missing_claims" | "invalid_token" }
  | { reason: "error_generating_signer_kid"; kid: string }
  | { reason: "expired_token"; message: string };

export class TokenError extends Error {
  readonly problem: TokenProblem;
  constructor(problem: TokenProblem) {
    super(problem.reason);
    this.problem = problem;
  }
}

const fail = (reason: Exclude<TokenProblem["reason"], "expired_token" | "error_generating_signer_kid">): never => {
  throw new TokenError({ reason });
};

function part(token: string, index: number): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split(".")[index] ?? "", "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const KEY_TYPES: Record<string, string> = { RS: "RSA", ES: "EC", HS: "oct" };

/** The key that the token's header asks for. A token of HS* whose `kid` is in no set falls back to the secret. */
function keyFor(header: Record<string, unknown>, secret: string, jwks: Jwks): string | Buffer | KeyObject {
  const { alg, kid } = header;
  const type = typeof alg === "string" && /^(RS|ES|HS)(256|384|512)$/.test(alg) ? KEY_TYPES[alg.slice(0, 2)] : undefined;
  if (type === undefined) return fail("error_generating_signer");
  const named = typeof kid === "string" && Array.isArray(jwks?.keys);
  const jwk = named ? jwks!.keys!.find((key) => key.kty === type && key.kid === kid) : undefined;
  if (type === "oct") return typeof jwk?.k === "string" ? Buffer.from(jwk.k, "base64url") : secret;
  if (!named) return fail("error_generating_signer");
  if (jwk === undefined) throw new TokenError({ reason: "error_generating_signer_kid", kid: String(kid) });
  return createPublicKey({ key: jwk, format: "jwk" });
}

/** Signature, and `exp` and `iat` where they are. @throws TokenError */
export function verify(raw: string, secret: string, jwks: Jwks): Claims {
  const token = cleanToken(raw);
  const header = token.split(".").length === 3 ? part(token, 0) : undefined;
  const claims = part(token, 1);
  if (header === undefined || claims === undefined) return fail("token_malformed");
  const key = keyFor(header, secret, jwks);
  try {
    jsonwebtoken.verify(token, key, { algorithms: [header["alg"] as jsonwebtoken.Algorithm], ignoreExpiration: true, ignoreNotBefore: true });
  } catch {
    return fail("signature_error");
  }
  return checkTimes(claims);
}

function checkTimes(claims: Record<string, unknown>): Claims {
  const now = Math.floor(Date.now() / 1000);
  const { exp, iat } = claims;
  if (Number.isInteger(exp) && (exp as number) <= now)
    throw new TokenError({ reason: "expired_token", message: `Token has expired ${now - (exp as number)} seconds ago` });
  if ("exp" in claims && (typeof exp !== "number" || exp <= now)) return fail("invalid_token");
  if ("iat" in claims && typeof iat !== "number") return fail("invalid_token");
  const rounded = Object.fromEntries(["exp", "iat"].flatMap((name) => (typeof claims[name] === "number" ? [[name, Math.round(claims[name])]] : [])));
  return { ...claims, ...rounded };
}

/** As `verify`, for a caller of a tenant: `role` and `exp` must be there. */
export function verifyConnection(raw: string, secret: string, jwks: Jwks): Claims {
  const claims = verify(raw, secret, jwks);
  if (!("role" in claims) || !("exp" in claims)) return fail("missing_claims");
  return claims;
}

function cleanToken(raw: string): string {
  try {
    return decodeURIComponent(raw).replace(/\s/g, "");
  } catch {
    return raw.replace(/\s/g, "");
  }
}

/** What a channel says of a token that it does not take (realtime_channel.ex, join/3). */
export function describe(problem: TokenProblem): { code: string; message: string } {
  switch (problem.reason) {
    case "expired_token":
      return { code: "InvalidJWTToken", message: problem.message };
    case "missing_claims":
      return { code: "InvalidJWTToken", message: "Fields `role` and `exp` are required in JWT" };
    case "token_malformed":
      return { code: "MalformedJWT", message: "The token provided is not a valid JWT" };
    case "signature_error":
      return { code: "JwtSignatureError", message: "Failed to validate JWT signature" };
    case "error_generating_signer":
      return { code: "JwtSignerError", message: "Failed to generate JWT signer, check your JWT secret or JWKS configuration" };
    case "error_generating_signer_kid":
      return {
        code: "JwtSignerError",
        message: `Failed to generate JWT signer for key ID (kid) ${JSON.stringify(problem.kid)}, check your JWT secret or JWKS configuration`,
      };
    default:
      return { code: "UnknownErrorOnChannel", message: "Unknown Error on Channel" };
  }
}
