import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

// OpenSSL's old key derivation (EVP_BytesToKey with MD5, one round), which CryptoJS has and upstream keeps (src/internal/auth/crypto.ts).
function derive(passphrase: string, salt: Buffer): { key: Buffer; iv: Buffer } {
  const password = Buffer.concat([Buffer.from(passphrase, "utf8"), salt]);
  let all = Buffer.alloc(0);
  let last = Buffer.alloc(0);
  while (all.length < 48) {
    last = createHash("md5").update(Buffer.concat([last, password])).digest();
    all = Buffer.concat([all, last]);
  }
  return { key: all.subarray(0, 32), iv: all.subarray(32, 48) };
}

const MARK = Buffer.from("Salted__", "utf8");

/** What of a tenant stays in the multitenant database: AES-256-CBC, `Salted__` + salt + text, in base64. */
export function encrypt(text: string, passphrase: string): string {
  const salt = randomBytes(8);
  const { key, iv } = derive(passphrase, salt);
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  return Buffer.concat([MARK, salt, cipher.update(text, "utf8"), cipher.final()]).toString("base64");
}

export function decrypt(text: string, passphrase: string): string {
  const all = Buffer.from(text, "base64");
  const { key, iv } = derive(passphrase, all.subarray(8, 16));
  const decipher = createDecipheriv("aes-256-cbc", key, iv);
  return Buffer.concat([decipher.update(all.subarray(16)), decipher.final()]).toString("utf8");
}
