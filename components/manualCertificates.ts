// Certificates that somebody brings in files (`tls.issuer: manual`): read and checked at preview, before anything is changed.
import * as pulumi from "@pulumi/pulumi";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StackConfig } from "../spec/index.ts";

/** PEM. */
export interface Pair {
  /** The certificate, and those that it follows from. */
  fullchain: string;
  /** Secret. */
  privkey: string;
}

interface Files {
  crt: string;
  key: string;
}

/** Less is said at each preview, so that nobody finds out by a browser. */
const SOON_DAYS = 14;
const DAY = 86_400_000;

/** `_.example.com` for what is right below example.com. */
const wildcardOf = (host: string): string => `_${host.slice(host.indexOf("."))}`;

/** The host's own files before a wildcard's; its own, too, where there are none at all. */
function filesOf(folder: string, host: string): Files {
  const named = (name: string): Files => ({ crt: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) });
  const [own, wildcard] = [named(host), named(wildcardOf(host))];
  const isThere = ({ crt, key }: Files): boolean => existsSync(crt) || existsSync(key);
  return !isThere(own) && isThere(wildcard) ? wildcard : own;
}

/**
 * The pair of each host.
 *
 * @throws RunError with everything that is wrong, a line each; no part of a key is in it
 */
export function readManualCertificates(hosts: readonly string[], { stack, tls }: Pick<StackConfig, "stack" | "tls">, now = new Date()): Record<string, Pair> {
  const folder = tls.certificates!;
  const mistakes: string[] = [];
  const pairs = hosts.flatMap((host): [string, Pair][] => {
    const read = readPair(host, filesOf(folder, host), now);
    if ("mistake" in read) mistakes.push(`indie-ventures:tls.certificates  ${read.mistake}`);
    return "mistake" in read ? [] : [[host, read]];
  });
  if (mistakes.length > 0)
    throw new pulumi.RunError(`${mistakes.join("\n")}\nNothing was changed. Another folder: pulumi config set --path indie-ventures:tls.certificates <folder> --stack ${stack}`);
  return Object.fromEntries(pairs);
}

function readPair(host: string, { crt, key }: Files, now: Date): Pair | { mistake: string } {
  const wildcard = `${wildcardOf(host)}.crt`;
  const [fullchain, privkey] = [crt, key].map(read);
  if (fullchain === undefined) return { mistake: `${crt} can not be read, and ${host} needs it → the certificate with those that it follows from, PEM; for a wildcard ${wildcard}` };
  if (privkey === undefined) return { mistake: `${key} can not be read, and ${host} needs it → the key of ${crt}, PEM` };
  const chain = parseChain(fullchain);
  if (chain === undefined) return { mistake: `${crt} has something that is no certificate → certificates alone, PEM, the host's own first` };
  const keyObject = parseKey(privkey);
  if (keyObject === undefined) return { mistake: `${key} is no key, or wants a passphrase → the key of ${crt}, PEM, without one` };
  const mistake = checkChain(host, chain, now);
  if (mistake !== undefined) return { mistake: `${crt} ${mistake}` };
  if (!chain[0]!.checkPrivateKey(keyObject)) return { mistake: `${key} is not the key of ${crt} → the one that the certificate was asked for with` };
  return { fullchain, privkey };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Undefined where a part of it is none, or there is none. */
export function parseChain(text: string): X509Certificate[] | undefined {
  const blocks = text.match(BLOCK) ?? [];
  // As many begin as are whole. What stands between them, such as openssl's words, is nobody's.
  if (blocks.length === 0 || blocks.length !== text.split("-----BEGIN ").length - 1) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

function parseKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function checkChain(host: string, chain: X509Certificate[], now: Date): string | undefined {
  const [own, ...others] = chain as [X509Certificate, ...X509Certificate[]];
  if (own.checkHost(host, { subject: "never" }) === undefined) return `is not for ${host}: it is for ${names(own)} → one that has the host in it`;
  const isOver = chain.find(({ validTo }) => new Date(validTo) <= now);
  if (isOver !== undefined) return `${isOver === own ? "ended" : "has a certificate that ended"} on ${day(isOver.validTo)} → a new one`;
  if (new Date(own.validFrom) > now) return `begins on ${day(own.validFrom)} → one that is valid now`;
  const isOutOfOrder = others.some((issuer, index) => !chain[index]!.checkIssued(issuer));
  return isOutOfOrder ? "has certificates that do not follow from each other → the host's own first, and behind each the one that it follows from" : undefined;
}

/** What it is for, as it may be shown. */
const names = ({ subjectAltName }: X509Certificate): string => (subjectAltName ?? "no host").replaceAll("DNS:", "").replace(/[^\x20-\x7e]/g, "").slice(0, 100);

const day = (date: string): string => new Date(date).toISOString().slice(0, 10);

/** In words, of those that end soon; each certificate once, though many hosts may have it. */
export function endingSoon(pairs: Record<string, Pair>, now = new Date()): string[] {
  const own = Object.values(pairs).map(({ fullchain }) => parseChain(fullchain)![0]!);
  const soon = own.filter(({ validTo }) => new Date(validTo).getTime() - now.getTime() < SOON_DAYS * DAY);
  return [...new Map(soon.map((each) => [each.fingerprint256, each])).values()].map(
    (each) => `The certificate for ${names(each)} ends on ${day(each.validTo)}: put a new one into the folder of tls.certificates, and update.`,
  );
}
