import { createCipheriv, createHash, randomBytes } from "node:crypto";

const md5 = (...parts: Buffer[]): Buffer => createHash("md5").update(Buffer.concat(parts)).digest();

/** As CryptoJS.AES.encrypt(text, passphrase).toString(), which upstream's Studio calls (apps/studio/lib/api/self-hosted/util.ts). */
export function encrypted(text: string, passphrase: string): string {
  const [salt, secret] = [randomBytes(8), Buffer.from(passphrase)];
  const first = md5(secret, salt);
  const second = md5(first, secret, salt);
  const cipher = createCipheriv("aes-256-cbc", Buffer.concat([first, second]), md5(second, secret, salt));
  return Buffer.concat([Buffer.from("Salted__"), salt, cipher.update(text), cipher.final()]).toString("base64");
}
