import { type JWTPayload, importJWK, jwtVerify, SignJWT } from "jose";
import { errors } from "./errors.ts";
import type { Jwk } from "./jwk.ts";

export type Claims = JWTPayload & Record<string, unknown>;
type Keys = { readonly jwtSecret: string; readonly jwks: readonly Jwk[] };
type Header = { alg?: string; kid?: string };

const HMAC = ["HS256", "HS384", "HS512"];
const bytes = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/** Tokens that were signed before kinds left the key's id (`<kind>_<id>`) have another one than the key's. */
const lastPart = (kid: string): string => kid.split("_").at(-1)!;
const sameKid = (a: string, b: string | undefined): boolean => b !== undefined && (a === b || lastPart(a) === lastPart(b));

/** The key that a token's header asks for (src/internal/auth/jwt.ts, findJWKFromHeader); the plain secret where none fits. */
export function chooseKey({ alg = "", kid }: Header, { jwtSecret, jwks }: Keys, algorithm: string): string | Jwk {
  if (HMAC.includes(alg)) {
    if (kid === undefined && alg === algorithm) return jwtSecret;
    const fitting = jwks.filter((key) => key.kty === "oct" && key.k !== undefined && (key.kid === undefined || sameKid(key.kid, kid)));
    const found = fitting.find((key) => key.alg === undefined || key.alg === alg);
    if (found === undefined && fitting.length > 0)
      throw errors.accessDenied(`JWT algorithm "${alg}" does not match JWK algorithm "${fitting[0]!.alg}"`);
    return found ?? jwtSecret;
  }
  const kty = alg.startsWith("ES") ? "EC" : alg === "EdDSA" ? "OKP" : "RSA";
  return jwks.find((key) => key.kid === kid && key.kty === kty && (key.alg === undefined || key.alg === alg)) ?? jwtSecret;
}

/** What a tenant's keys can verify, and nothing else: no public key is ever taken for a secret. */
export function allowedAlgorithms(jwks: readonly Jwk[], algorithm: string): string[] {
  const has = (kty: string) => jwks.some((key) => key.kty === kty);
  return [
    algorithm,
    ...(has("RSA") ? ["RS256", "RS384", "RS512"] : []),
    ...(has("EC") ? ["ES256", "ES384", "ES512"] : []),
    ...(has("OKP") ? ["EdDSA"] : []),
    ...(has("oct") ? HMAC : []),
  ];
}

/** @throws StorageError AccessDenied with the reason */
export async function verifyToken(token: string, keys: Keys, algorithm: string): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, (header) => asKey(chooseKey(header, keys, algorithm), header.alg), {
      algorithms: allowedAlgorithms(keys.jwks, algorithm),
    });
    return payload as Claims;
  } catch (error) {
    throw errors.accessDenied((error as Error).message, error);
  }
}

/** @param expiresIn seconds */
export async function signToken(claims: Claims, key: string | Jwk, expiresIn: number, algorithm: string): Promise<string> {
  const header = typeof key === "string" ? { alg: algorithm } : { alg: key.alg ?? algorithm, ...(key.kid === undefined ? {} : { kid: key.kid }) };
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claims).setIssuedAt(now).setExpirationTime(now + Math.floor(expiresIn)).setProtectedHeader(header).sign(await asKey(key, header.alg));
}

async function asKey(key: string | Jwk, alg: string | undefined): Promise<Uint8Array | CryptoKey> {
  if (typeof key === "string") return bytes(key);
  if (key.kty === "oct") return Buffer.from(key.k ?? "", "base64url");
  return importJWK(key, key.alg ?? alg);
}

const LARGEST = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

export function checkExpiresIn(seconds: number): void {
  const whole = Math.floor(seconds);
  if (!Number.isSafeInteger(whole) || whole < 1 || whole > LARGEST - Math.floor(Date.now() / 1000)) throw errors.invalidParameter("expiresIn");
}
