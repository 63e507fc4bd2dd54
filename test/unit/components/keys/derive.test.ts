import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import jwt from "jsonwebtoken";
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { apiKey, apiToken, derive, opaqueKey, renderJwks, renderJwtKeys, signingKey } from "../../../../components/keys/derive.ts";

const SEED = Buffer.alloc(32, 7).toString("base64");
const SECRET = "a secret of at least 32 characters";
const KEY = signingKey(derive(SEED, "es256", 1, 48), derive(SEED, "es256-kid", 1));

describe("derive", () => {
  test("is the same for the same seed, purpose and generation, and another for any other", () => {
    const same = derive(SEED, "a", 1).toString("hex");
    expect(derive(SEED, "a", 1).toString("hex")).toBe(same);
    const others = [derive(SEED, "b", 1), derive(SEED, "a", 2), derive(Buffer.alloc(32, 8).toString("base64"), "a", 1)];
    expect(new Set([same, ...others.map((value) => value.toString("hex"))]).size).toBe(4);
  });

  test("never changes: what is deployed depends on it", () => {
    expect(derive(SEED, "jwt-secret", 1).toString("hex")).toMatchInlineSnapshot(`"24965e30f45216b02b24d3db7c711efb6de9289470e4545ddc5ef305e83557a1"`);
    expect(KEY).toMatchInlineSnapshot(`
{
  "d": "saxCfizsxbeTlhWQVIOXAiRXicNBLvwFvf3H-Rq_G0o",
  "kid": "c85f337b-aadc-a57b-6a3f-211e8dd45c4a",
  "x": "AFv9hA3CzoMGYxN7nYv-Yj9os0-_bDwzFGxtbFeLeNo",
  "y": "mwPBqco0gE9PDipRueHn8c34ZZ5aCk8poD8qmqgexj4",
}
`);
    expect(opaqueKey("sb_publishable_", derive(SEED, "publishable-key", 1))).toMatchInlineSnapshot(`"sb_publishable_unhJsgKNZ750bb29-Ns5n-_l-ljrZiq"`);
    expect(createHash("sha256").update(apiToken(KEY, "anon")).digest("hex")).toMatchInlineSnapshot(`"ebca9054e6caf3da54f7027a6515cc6d8c60c6262ec00dcc19685f975134e4f1"`);
  });
});

test("a legacy key is upstream's form, and the same at every run", () => {
  const key = apiKey(SECRET, "anon");
  expect(jwt.verify(key, SECRET)).toEqual({ role: "anon", iss: "supabase", iat: 1767225600, exp: 2082585600 });
  expect(apiKey(SECRET, "anon")).toBe(key);
});

test("a new key is upstream's form", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const key = opaqueKey("sb_secret_", Buffer.from(bytes));
      const [, body, checksum] = /^(sb_secret_[\w-]{22})_([\w-]{8})$/.exec(key)!;
      expect(checksum).toBe(createHash("sha256").update(`supabase-self-hosted|${body}`).digest("base64url").slice(0, 8));
    }),
  );
});

test("a token is signed by the pair, the same at every run, and checked by who has the public half", () => {
  const { keys } = JSON.parse(renderJwks(KEY, SECRET));
  const token = apiToken(KEY, "service_role");
  expect(jwt.verify(token, createPublicKey({ key: keys[0], format: "jwk" }), { algorithms: ["ES256"] })).toMatchObject({ role: "service_role" });
  expect(jwt.decode(token, { complete: true })!.header).toEqual({ alg: "ES256", typ: "JWT", kid: KEY.kid });
  expect(apiToken(KEY, "service_role")).toBe(token);
});

test("any 48 bytes make a pair whose halves belong together", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (bytes) => {
      const key = signingKey(Buffer.from(bytes), Buffer.alloc(32));
      const [own] = JSON.parse(renderJwtKeys(key, SECRET));
      const { keys } = JSON.parse(renderJwks(key, SECRET));
      const signature = sign("sha256", Buffer.from("text"), createPrivateKey({ key: own, format: "jwk" }));
      expect(verify("sha256", Buffer.from("text"), createPublicKey({ key: keys[0], format: "jwk" }), signature)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("who only checks gets no private half; both know the legacy secret by its text", () => {
  const [own, legacy] = JSON.parse(renderJwtKeys(KEY, SECRET));
  const { keys } = JSON.parse(renderJwks(KEY, SECRET));
  expect(own).toMatchObject({ kty: "EC", use: "sig", key_ops: ["sign", "verify"], d: KEY.d });
  expect(keys[0]).toEqual({ ...own, key_ops: ["verify"], d: undefined });
  expect([legacy, keys[1]]).toEqual(Array(2).fill({ kty: "oct", alg: "HS256", k: Buffer.from(SECRET).toString("base64url") }));
});
