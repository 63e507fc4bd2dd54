import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

export type EncryptionKeys = { readonly key: string; readonly gcmKey: string | undefined; readonly writeGcm: boolean };

const GCM_PREFIX = "g1:";

/** Upstream's lib/realtime/crypto.ex (v2.129.8): AES-128-ECB as bare base64; with DB_ENC_WRITE_GCM "g1:" and base64 of iv, tag, text. */
export function encrypt({ key, gcmKey, writeGcm }: EncryptionKeys, text: string): string {
  if (!writeGcm) {
    const cipher = createCipheriv("aes-128-ecb", Buffer.from(key), null);
    return Buffer.concat([cipher.update(text, "utf8"), cipher.final()]).toString("base64");
  }
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(gcmKey!), iv);
  const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return GCM_PREFIX + Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString("base64");
}

export function decrypt({ key, gcmKey }: EncryptionKeys, text: string): string {
  if (!text.startsWith(GCM_PREFIX)) {
    const decipher = createDecipheriv("aes-128-ecb", Buffer.from(key), null);
    return Buffer.concat([decipher.update(text, "base64"), decipher.final()]).toString("utf8");
  }
  if (gcmKey === undefined) throw new Error("DB_ENC_KEY_GCM is not set");
  const bytes = Buffer.from(text.slice(GCM_PREFIX.length), "base64");
  const decipher = createDecipheriv("aes-256-gcm", Buffer.from(gcmKey), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
}
