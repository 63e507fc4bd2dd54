// When a certificate has to be made, and when it is tried again. Pure.
import { createHash } from "node:crypto";
import type { Described } from "./certificate.ts";
import type { Held } from "./live.ts";
import type { Settings } from "./settings.ts";

const MINUTE = 60_000;
/** Milliseconds. */
export const DAY = 24 * 60 * MINUTE;

/**
 * By its lifetime, and not by days: these shrink (Let's Encrypt's from 90 days to 45, letsencrypt.org/2025/12/02/from-90-to-45). The jitter is the
 * name's own: what was ordered on one day is not renewed on one.
 */
export function isLapsing({ validFrom, validUntil }: Pick<Described, "validFrom" | "validUntil">, name: string, now: Date): boolean {
  const lifetime = Date.parse(validUntil) - Date.parse(validFrom);
  const left = Date.parse(validUntil) - now.getTime();
  return left < lifetime * (1 / 3 + jitter(name));
}

/** 0 to 0.05. */
const jitter = (name: string): number => (createHash("sha256").update(name).digest().readUInt16BE() / 0xffff) * 0.05;

/** Whether a CA is asked for it: it has none of that CA, or has it not for long any more. What was put here by hand stays as long as it is good. */
export function isOrderDue(held: Held | undefined, { acme }: Settings, name: string, now: Date): boolean {
  if (acme === undefined) return false;
  if (held === undefined || held.source === "placeholder" || held.source === "self-signed") return true;
  return (held.source === "acme" && held.server !== acme.server) || isLapsing(held, name, now);
}

/** What we sign ourselves now: with the issuer `self-signed` all that is none of another's, else what stands there until there is another's. */
export function selfSignedDue(held: Held | undefined, { issuer }: Settings, name: string, now: Date): "placeholder" | "self-signed" | undefined {
  const own = issuer === "self-signed" ? "self-signed" : "placeholder";
  if (held === undefined) return own;
  if (issuer === "self-signed") return held.source === "placeholder" || isLapsing(held, name, now) ? own : undefined;
  // A CA that does not answer for a month, or a certificate that nobody brings: it goes on.
  return held.source === "placeholder" && isLapsing(held, name, now) ? own : undefined;
}

export interface Attempt {
  /** One after the other. */
  failures: number;
  /** ISO 8601. */
  last: string;
  /** When it is tried again, ISO 8601. */
  next: string;
  /** For people. */
  error: string;
}

export type Attempts = Record<string, Attempt>;

export interface Failure {
  /** For people, no secret in it. */
  text: string;
  /** The CA's own word on when to ask again. */
  notBefore?: Date;
}

/** Let's Encrypt takes five failed validations of a host in an hour (letsencrypt.org/docs/rate-limits): a quarter of an hour, then twice as long each time, at most a day. */
export const backOff = (failures: number): number => Math.min(15 * MINUTE * 2 ** (failures - 1), DAY);

export function afterFailure(before: Attempt | undefined, { text, notBefore }: Failure, now: Date): Attempt {
  const failures = (before?.failures ?? 0) + 1;
  const next = Math.max(now.getTime() + backOff(failures), notBefore?.getTime() ?? 0);
  return { failures, last: now.toISOString(), next: new Date(next).toISOString(), error: text };
}

/** A last try that is yet to come is of a clock that was ahead, and holds nothing up. */
export const mayTry = (attempt: Attempt | undefined, now: Date): boolean =>
  attempt === undefined || Date.parse(attempt.next) <= now.getTime() || Date.parse(attempt.last) > now.getTime() + DAY;
