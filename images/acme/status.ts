// What is said of each certificate to who asks from outside: components/certificateStatus.ts.
import { readAttempts } from "./attempts.ts";
import type { Attempts } from "./due.ts";
import { readText, writeJson } from "./files.ts";
import { type Held, heldNames, readHeld } from "./live.ts";
import { STATUS } from "./places.ts";
import { readWanted, type Wanted } from "./wanted.ts";

export interface CertificateStatus {
  /** `placeholder`, `self-signed`, `manual`, or who signed it: `Let's Encrypt E7`. */
  issuer: string;
  /** ISO 8601. */
  validUntil: string;
  /** There where its last order failed. */
  lastError?: {
    /** ISO 8601. */
    at: string;
    /** For people: 300 characters at most, no secret in it. */
    text: string;
    /** When it is tried again, ISO 8601. */
    next: string;
  };
  /** Who wants it: projects, or `api`, the common host. None: it stays for some weeks. */
  owners: string[];
}

/** By the certificate's name. */
export type Status = Record<string, CertificateStatus>;

/** Pure. */
export function statusOf(held: Record<string, Held>, wanted: readonly Wanted[], attempts: Attempts): Status {
  return Object.fromEntries(
    Object.entries(held).map(([name, { source, issuer, validUntil }]) => {
      const attempt = attempts[name];
      const lastError = attempt === undefined ? {} : { lastError: { at: attempt.last, text: attempt.error, next: attempt.next } };
      return [name, { issuer: source === "acme" ? issuer : source, validUntil, ...lastError, owners: wanted.find((each) => each.name === name)?.owners ?? [] }];
    }),
  );
}

/** To be called with the lock `files`: what is written is never older than what another process wrote meanwhile. */
export async function writeStatus(): Promise<void> {
  const held: Record<string, Held> = {};
  for (const name of await heldNames()) {
    const found = await readHeld(name);
    if (found !== undefined) held[name] = found;
  }
  const status = statusOf(held, await readWanted(), await readAttempts());
  // Each ten minutes (serve.sh), and mostly nothing is new.
  if ((await readText(STATUS)) !== `${JSON.stringify(status, undefined, 1)}\n`) await writeJson(STATUS, status);
}
