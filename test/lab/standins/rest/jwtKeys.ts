// `jwt-secret`: a plain secret, one JSON Web Key or a set of them (docs/references/auth.rst; Config.hs parseSecret at v14.17).
import { createPublicKey, createSecretKey } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";

export type JwtAlgorithm = "HS256" | "HS384" | "HS512" | "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512";

export interface JwtKey {
  key: KeyObject;
  kid: string | undefined;
  /** What the key can verify, by its kind and its `alg`. */
  algorithms: JwtAlgorithm[];
}

interface Jwk extends JsonWebKey { kid?: string; use?: string; alg?: string }

const EC_ALGORITHM: Record<string, JwtAlgorithm> = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" };

function algorithmsOf(jwk: Jwk): JwtAlgorithm[] {
  if (jwk.kty === "oct") return ["HS256", "HS384", "HS512"];
  if (jwk.kty === "RSA") return ["RS256", "RS384", "RS512"];
  if (jwk.kty === "EC") return [EC_ALGORITHM[jwk.crv ?? ""]].filter((algorithm) => algorithm !== undefined);
  return [];
}

function fromJwk(jwk: Jwk): JwtKey {
  const algorithms = algorithmsOf(jwk).filter((algorithm) => jwk.alg === undefined || jwk.alg === algorithm);
  const key =
    jwk.kty === "oct" ? createSecretKey(Buffer.from(jwk.k ?? "", "base64url")) : createPublicKey({ key: jwk, format: "jwk" });
  // Keys for encryption verify nothing.
  return { key, kid: jwk.kid, algorithms: jwk.use === "enc" ? [] : algorithms };
}

function asJson(text: string): { keys?: unknown; kty?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Upstream passes over a set's keys that it does not understand; so does this. */
function readableKeys(jwks: Jwk[]): JwtKey[] {
  return jwks.flatMap((jwk) => {
    try {
      return [fromJwk(jwk)];
    } catch {
      return [];
    }
  });
}

/** @throws Error with upstream's wording when the secret is neither a key (set) nor long enough. */
export function readJwtKeys(secret: Buffer): JwtKey[] {
  const json = asJson(secret.toString("utf8"));
  if (Array.isArray(json?.keys)) return readableKeys(json.keys as Jwk[]);
  if (typeof json?.kty === "string") {
    const keys = readableKeys([json as Jwk]);
    if (keys.length > 0) return keys;
  }
  if (secret.length < 32) throw new Error("The JWT secret must be at least 32 characters long.");
  return [{ key: createSecretKey(secret), kid: undefined, algorithms: ["HS256"] }];
}
