// Postgres's way to keep a password: a verifier, from which the password does not follow (RFC 5803, `SCRAM-SHA-256$<iterations>:<salt>$<stored>:<server>`).
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const FORM = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;
/** As Postgres's scram_iterations. */
const ITERATIONS = 4096;

export function verifierOf(password: string, salt = randomBytes(16), iterations = ITERATIONS): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const keyed = (word: string) => createHmac("sha256", salted).update(word).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${keyed("Server Key").toString("base64")}`;
}

export function isPasswordOf(verifier: string | null, password: string): boolean {
  const [, iterations, salt] = FORM.exec(verifier ?? "") ?? [];
  return salt !== undefined && verifierOf(password, Buffer.from(salt, "base64"), Number(iterations)) === verifier;
}
