import { createCipheriv, createHash } from "node:crypto";

export const META_PORT = 8080;
/** The image has node, and no curl (supabase/postgres-meta Dockerfile). */
export const META_HEALTHCHECK = ["CMD", "node", "-e", "fetch('http://127.0.0.1:8080/health').then(({ ok }) => process.exit(ok ? 0 : 1))"];

/**
 * postgres-meta's environment. Its default connection has no rights and leads nowhere: what is to be reached, the gateway says with each
 * request (facts/tenancy.md §5, DESIGN §13.4).
 *
 * @param cryptoKey opens what the gateway says. Secret
 */
export const metaEnvironment = ({ cryptoKey }: { cryptoKey: string }): Record<string, string> => ({
  PG_META_HOST: "0.0.0.0",
  PG_META_PORT: String(META_PORT),
  PG_META_DB_HOST: "127.0.0.1",
  PG_META_DB_PORT: "1",
  PG_META_DB_NAME: "none",
  PG_META_DB_USER: "none",
  PG_META_DB_PASSWORD: "none",
  CRYPTO_KEY: cryptoKey,
});

/**
 * A connection string as postgres-meta takes it in `x-connection-encrypted`: CryptoJS's AES with a passphrase, which is OpenSSL's format,
 * "Salted__", salt, AES-256-CBC, key and vector by EVP_BytesToKey with MD5 (supabase/postgres-meta src/lib/secrets.ts). Secret.
 *
 * @param salt 8 bytes
 */
export function encryptConnection(connectionString: string, cryptoKey: string, salt: Buffer): string {
  let derived = Buffer.alloc(0);
  let block = Buffer.alloc(0);
  while (derived.length < 48) {
    block = createHash("md5").update(Buffer.concat([block, Buffer.from(cryptoKey), salt])).digest();
    derived = Buffer.concat([derived, block]);
  }
  const cipher = createCipheriv("aes-256-cbc", derived.subarray(0, 32), derived.subarray(32, 48));
  return Buffer.concat([Buffer.from("Salted__"), salt, cipher.update(connectionString, "utf8"), cipher.final()]).toString("base64");
}
