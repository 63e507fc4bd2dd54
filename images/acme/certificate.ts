// What is read of a certificate, and whether it may be given to nginx.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { domainOf, isWildcard } from "./names.ts";

/** As PEM. The key is a secret. */
export interface Pair {
  /** The certificate, and behind it each that signed the one before it, without the root. */
  fullchain: string;
  privkey: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** @throws Error of OpenSSL's where one of them is none */
export const readChain = (pem: string): X509Certificate[] => (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block));

const tried = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** DNS names alone: a certificate's CN is no name for browsers (RFC 9525 § 2). */
function holds(certificate: X509Certificate, name: string): boolean {
  const domain = domainOf(name);
  const names = (certificate.subjectAltName ?? "").split(", ");
  if (isWildcard(name)) return names.includes(`DNS:${domain}`);
  return certificate.checkHost(domain, { subject: "never" }) !== undefined;
}

const validFrom = (certificate: X509Certificate): Date => new Date(certificate.validFrom);
const validUntil = (certificate: X509Certificate): Date => new Date(certificate.validTo);

/** Why it must not be given to nginx, for people, no secret in it; undefined where nothing is wrong. Pure. */
export function whatIsWrong({ fullchain, privkey }: Pair, name: string, now: Date): string | undefined {
  const chain = tried(() => readChain(fullchain));
  const [certificate] = chain ?? [];
  if (chain === undefined || certificate === undefined) return "the chain is no PEM text of certificates";
  const key = tried((): KeyObject => createPrivateKey(privkey));
  if (key === undefined) return "the key is no PEM text of a private key without a passphrase";
  if (!certificate.checkPrivateKey(key)) return "the key is not that of the chain's first certificate: the host's own certificate comes first, then the CA's";
  if (!holds(certificate, name)) return `the certificate is not for ${domainOf(name)}: it has ${certificate.subjectAltName ?? "no name"}`;
  const broken = chain.findIndex((each, index) => index > 0 && !chain[index - 1]!.checkIssued(each));
  if (broken > 0) return `the chain is in no order: its ${ordinal(broken + 1)} certificate did not sign the one before it`;
  if (validUntil(certificate) <= now) return `the certificate is over since ${validUntil(certificate).toISOString()}`;
  if (validFrom(certificate) > now) return `the certificate is valid from ${validFrom(certificate).toISOString()} on, and this server's clock says ${now.toISOString()}`;
  return undefined;
}

const ordinal = (number: number): string => ["first", "second", "third"][number - 1] ?? `${number}th`;

export interface Described {
  /** Who signed it: `Let's Encrypt E7`. */
  issuer: string;
  /** ISO 8601. */
  validFrom: string;
  validUntil: string;
}

/** @throws Error where the text is no certificate */
export function describe(fullchain: string): Described {
  const certificate = readChain(fullchain)[0];
  if (certificate === undefined) throw new Error("no certificate");
  return { issuer: issuerOf(certificate.issuer), validFrom: validFrom(certificate).toISOString(), validUntil: validUntil(certificate).toISOString() };
}

/** Organization and common name, out of lines as `O=Let's Encrypt`. Pure. */
export function issuerOf(lines: string): string {
  const part = (key: string) => lines.split("\n").flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))[0];
  return [part("O"), part("CN")].filter((text) => text !== undefined).join(" ") || "unknown";
}
