import { p256 } from "@noble/curves/nist.js";
import jwt from "jsonwebtoken";
import { createHash, hkdfSync } from "node:crypto";

/** 2026-01-01T00:00:00Z and ten years on. Fixed, so that a key never changes by itself (DESIGN §6). */
const ISSUED_AT = 1_767_225_600;
const EXPIRES_AT = ISSUED_AT + 10 * 365 * 24 * 3600;

/** What a key without a user stands for. */
export type ApiRole = "anon" | "service_role";

const claims = (role: ApiRole) => ({ role, iss: "supabase", iat: ISSUED_AT, exp: EXPIRES_AT });

/** 32 bytes that belong to one purpose and one generation alone; more on demand. */
export function derive(seed: string, label: string, generation: number, bytes = 32): Buffer {
  return Buffer.from(hkdfSync("sha256", Buffer.from(seed, "base64"), "", `indie-ventures:${label}:${generation}`, bytes));
}

/** A legacy key in upstream's form: HS256 with role, iss, iat, exp (facts/upstream.md §3). */
export const apiKey = (jwtSecret: string, role: ApiRole): string => jwt.sign(claims(role), jwtSecret, { algorithm: "HS256" });

/**
 * A publishable or secret key: 22 characters, and 8 by which a typing error shows (docker/utils/add-new-auth-keys.sh of
 * self-hosted/v0.7.0; facts/upstream.md §3).
 */
export function opaqueKey(prefix: "sb_publishable_" | "sb_secret_", bytes: Buffer): string {
  const key = prefix + bytes.toString("base64url").slice(0, 22);
  const checksum = createHash("sha256").update(`supabase-self-hosted|${key}`).digest("base64url").slice(0, 8);
  return `${key}_${checksum}`;
}

/** A pair of keys for ES256, as JWK. */
export interface SigningKey {
  kid: string;
  x: string;
  y: string;
  /** Secret. */
  d: string;
}

/** @param bytes 48 of them: the private key is their remainder, so that each is as likely as any other (FIPS 186-5 A.2.1) */
export function signingKey(bytes: Buffer, kid: Buffer): SigningKey {
  const secret = p256.utils.randomSecretKey(bytes);
  const point = Buffer.from(p256.getPublicKey(secret, false));
  return {
    kid: asUuid(kid),
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
    d: Buffer.from(secret).toString("base64url"),
  };
}

/** Upstream's script makes it by randomUUID; any text does. */
const asUuid = (bytes: Buffer): string => bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** Upstream's form of the pair; whoever only checks gets no `d`. */
const elliptic = ({ kid, x, y, d }: SigningKey, signs: boolean) => ({
  kty: "EC",
  kid,
  use: "sig",
  key_ops: signs ? ["sign", "verify"] : ["verify"],
  alg: "ES256",
  ext: true,
  crv: "P-256",
  x,
  y,
  ...(signs ? { d } : {}),
});

/** The legacy secret among the keys, so that what it signed stays valid. `k` is the secret's text, not what the text may encode. */
const symmetric = (jwtSecret: string) => ({ kty: "oct", k: Buffer.from(jwtSecret).toString("base64url"), alg: "HS256" });

/** For who signs (auth): an array (GOTRUE_JWT_KEYS). Secret. */
export const renderJwtKeys = (key: SigningKey, jwtSecret: string): string => JSON.stringify([elliptic(key, true), symmetric(jwtSecret)]);

/** For who checks (rest, realtime, storage): an object. Secret, because of the legacy secret in it. */
export const renderJwks = (key: SigningKey, jwtSecret: string): string =>
  JSON.stringify({ keys: [elliptic(key, false), symmetric(jwtSecret)] });

/**
 * What the gateway puts in the place of a publishable or secret key. The same at every run: ES256 signatures usually hold chance, and
 * then every preview would show a change (RFC 6979, DESIGN §13.6).
 */
export function apiToken(key: SigningKey, role: ApiRole): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "ES256", typ: "JWT", kid: key.kid })}.${encode(claims(role))}`;
  const signature = p256.sign(Buffer.from(text), Buffer.from(key.d, "base64url"), { lowS: false });
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}
