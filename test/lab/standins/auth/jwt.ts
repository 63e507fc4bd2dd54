import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import type { Config } from "./config.ts";
import { ConfigError } from "./env.ts";

export type Claims = {
  sub?: string;
  aud?: string | string[];
  role?: string;
  email?: string;
  session_id?: string;
  is_anonymous?: boolean;
};

type Key = { readonly kid: string; readonly alg: jsonwebtoken.Algorithm; readonly verify: KeyObject; readonly sign?: KeyObject; readonly jwk?: JsonWebKey };
export type Keys = { readonly byKid: ReadonlyMap<string, Key>; readonly signing: Key; readonly validMethods: readonly string[] };

/** Why a token was not taken, in golang-jwt's words; upstream puts them behind "unable to parse or verify signature, ". */
export class TokenError extends Error {}

/** `GOTRUE_JWT_KEYS` (an array of private JWKs) or else the secret alone; upstream: internal/conf/jwk.go and configuration.go. */
export function readKeys(jwt: Config["jwt"]): Keys {
  const given = jwt.keys === "" ? [] : parseJwks(jwt.keys);
  const list = given.length > 0 ? given : [secretKey(jwt)];
  const signing = list.filter((key) => key.sign !== undefined);
  if (signing.length === 0) throw new ConfigError("no signing key found");
  if (signing.length > 1) throw new ConfigError("multiple signing keys detected, only 1 signing key is supported");
  const validMethods = jwt.validMethods.length > 0 ? jwt.validMethods : list.map((key) => key.alg);
  return { byKid: new Map(list.map((key) => [key.kid, key])), signing: signing[0]!, validMethods };
}

function secretKey(jwt: Config["jwt"]): Key {
  const secret = createSecretKey(Buffer.from(jwt.secret));
  return { kid: jwt.keyId, alg: "HS256", verify: secret, sign: secret };
}

function parseJwks(text: string): Key[] {
  let jwks: unknown;
  try {
    jwks = JSON.parse(text);
  } catch {
    // Not the parser's message: it quotes the value, and this value holds private keys.
    throw new ConfigError("envconfig.Process: assigning GOTRUE_JWT_KEYS to Keys: not JSON");
  }
  if (!Array.isArray(jwks)) throw new ConfigError("envconfig.Process: assigning GOTRUE_JWT_KEYS to Keys: not a JSON array");
  return jwks.map((jwk: JsonWebKey & { kid?: string; alg?: string; key_ops?: string[] }) => {
    const common = { kid: jwk.kid ?? "", alg: (jwk.alg ?? "HS256") as jsonwebtoken.Algorithm };
    const maySign = jwk.key_ops?.includes("sign") === true;
    if (jwk.kty === "oct") {
      const key = createSecretKey(Buffer.from(jwk.k ?? "", "base64url"));
      return { ...common, verify: key, ...(maySign ? { sign: key } : {}) };
    }
    const verify = createPublicKey({ key: jwk, format: "jwk" });
    const publicJwk = { ...verify.export({ format: "jwk" }), alg: common.alg, kid: common.kid, use: "sig", key_ops: ["verify"] };
    return { ...common, verify, jwk: publicJwk, ...(maySign ? { sign: createPrivateKey({ key: jwk, format: "jwk" }) } : {}) };
  });
}

/** What `/.well-known/jwks.json` shows: never a symmetric key. */
export function publicJwks(keys: Keys): { keys: JsonWebKey[] } {
  return { keys: [...keys.byKid.values()].flatMap((key) => (key.jwk ? [key.jwk] : [])) };
}

export function sign(keys: Keys, claims: Record<string, unknown>): string {
  const { alg, kid, sign: key } = keys.signing;
  return jsonwebtoken.sign(claims, key!, { algorithm: alg, ...(kid === "" ? {} : { keyid: kid }) });
}

/** @throws TokenError */
export function verify(keys: Keys, jwt: Config["jwt"], token: string): Claims {
  const header = readHeader(token);
  const alg = String(header.alg);
  if (!keys.validMethods.includes(alg)) throw new TokenError(`token signature is invalid: signing method ${alg} is invalid`);
  const key = findKey(keys, jwt, header.kid, alg);
  try {
    const claims = jsonwebtoken.verify(token, key, { algorithms: [alg as jsonwebtoken.Algorithm] });
    if (typeof claims === "string") throw new TokenError("token is malformed: could not JSON decode claim");
    return claims as Claims;
  } catch (error) {
    if (error instanceof TokenError) throw error;
    if (error instanceof jsonwebtoken.TokenExpiredError) throw new TokenError("token has invalid claims: token is expired");
    if (error instanceof jsonwebtoken.NotBeforeError) throw new TokenError("token has invalid claims: token is not valid yet");
    throw new TokenError("token signature is invalid: signature is invalid");
  }
}

function readHeader(token: string): { alg?: unknown; kid?: unknown } {
  const parts = token.split(".");
  if (parts.length !== 3) throw new TokenError("token is malformed: token contains an invalid number of segments");
  try {
    return JSON.parse(Buffer.from(parts[0]!, "base64url").toString("utf8"));
  } catch {
    throw new TokenError("token is malformed: could not JSON decode header");
  }
}

function findKey(keys: Keys, jwt: Config["jwt"], kid: unknown, alg: string): KeyObject {
  const secret = () => createSecretKey(Buffer.from(jwt.secret));
  if (typeof kid === "string") {
    const key = keys.byKid.get(kid);
    if (key) return key.verify;
    if (kid === jwt.keyId) return secret();
  }
  // Tokens of the time before key ids: the plain secret stays valid for HS256.
  if (alg === "HS256") return secret();
  const shown = kid === undefined ? "<nil>" : String(kid);
  throw new TokenError(`token is unverifiable: error while executing keyfunc: unrecognized JWT kid ${shown} for algorithm ${alg}`);
}
