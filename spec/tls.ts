// HTTPS: the setting `tls`, and which certificates the hosts of a server need. Pure.
import { BlockList } from "node:net";
import { nearest, quote } from "./error.ts";

export const ISSUERS = ["letsencrypt", "letsencrypt-dns", "manual", "self-signed", "off"] as const;

/**
 * Who makes certificates: Let's Encrypt, asked over HTTP for each host; the same by DNS, with one certificate for all hosts right below the domain;
 * you, who have them in files; the server for itself, which no browser believes; nobody, and the edge speaks HTTP.
 */
export type Issuer = (typeof ISSUERS)[number];

export interface Tls {
  /** @default off */
  issuer: Issuer;
  /** Of the account at the certificate authority. */
  email?: string;
  /** The directory of the certificate authority that speaks ACME. @default Let's Encrypt's */
  server: string;
  /** A file (PEM) of the roots that `server` itself is checked with. @default the system's */
  serverRoots?: string;
  /** With `manual`: the folder of `<host>.crt` and `<host>.key`, or `_.<parent>.crt` and `_.<parent>.key` for a wildcard. */
  certificates?: string;
}

/** https://letsencrypt.org/docs/acme-protocol-updates/ */
export const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";
/** https://docs.hetzner.cloud/reference/cloud#zones */
export const HETZNER_CLOUD = "https://api.hetzner.cloud/v1";

export const OFF: Tls = { issuer: "off", server: LETS_ENCRYPT };

export const isAcme = ({ issuer }: Pick<Tls, "issuer">): boolean => issuer === "letsencrypt" || issuer === "letsencrypt-dns";

/** Whether projects are at `https://`. */
export const hasTls = ({ tls }: { tls: Pick<Tls, "issuer"> }): boolean => tls.issuer !== "off";

export interface ReadTlsArgs {
  stack: string;
  domain: string;
  /** Whether the stack's config has a key; its value is not asked for. */
  isSet: (key: string) => boolean;
}

const FIELDS = ["issuer", "email", "server", "serverRoots", "certificates"] as const;

const EXAMPLES: Record<(typeof FIELDS)[number], string> = {
  issuer: "letsencrypt",
  email: "you@example.com",
  server: LETS_ENCRYPT,
  serverRoots: "roots.pem",
  certificates: "certificates",
};

/**
 * @param text what the config has at `tls`: JSON, as Pulumi gives a program what has fields
 * @returns what it says, with defaults filled in, and what is wrong with it, each with the command that mends it
 */
export function readTls(text: string | undefined, { stack, domain, isSet }: ReadTlsArgs): { tls: Tls; mistakes: string[] } {
  if (text === undefined) return { tls: OFF, mistakes: [] };
  const set = (field: keyof typeof EXAMPLES, value = EXAMPLES[field]) => `pulumi config set --path indie-ventures:tls.${field} ${value} --stack ${stack}`;
  const written = asObject(text);
  if (written === undefined)
    return { tls: OFF, mistakes: [`indie-ventures:tls  must have fields, such as issuer, and is ${quote(text)} → ${set("issuer")}`] };
  const mistakes: string[] = [];
  for (const key of Object.keys(written).filter((each) => !(FIELDS as readonly string[]).includes(each)))
    mistakes.push(`indie-ventures:tls  has the unknown field ${quote(key)}; ${meant(key)} → ${/^\w+$/.test(key) ? `pulumi config rm --path indie-ventures:tls.${key} --stack ${stack}` : `take it out of Pulumi.${stack}.yaml`}`);
  const say = (field: keyof typeof EXAMPLES, must: string, value?: string) => mistakes.push(`indie-ventures:tls.${field}  ${must} → ${set(field, value)}`);
  const tls: Record<string, string> = { ...OFF };
  const isMissing = (field: keyof typeof EXAMPLES) => written[field] === undefined || written[field] === null;
  for (const field of FIELDS.filter((each) => !isMissing(each))) {
    const value = written[field];
    const [must, isRight] = RULES[field];
    if (typeof value === "string" && isRight(value)) tls[field] = value;
    else say(field, `must be ${must}, not ${quote(typeof value === "string" ? value : JSON.stringify(value))}`);
  }
  const read = tls as unknown as Tls;
  if (isMissing("issuer")) say("issuer", "is missing: it says who makes certificates");
  if (isAcme(read)) {
    if (isBelowLocalhost(domain)) say("issuer", `is ${read.issuer}, and no certificate authority gives a certificate for what is below localhost, as the hosts of this server are`, "self-signed");
    if (isMissing("email")) say("email", "is missing: the account at the authority is made with it");
  }
  if (read.issuer === "letsencrypt-dns" && !isSet("dnsToken"))
    mistakes.push(`indie-ventures:dnsToken  is missing: with it the records in the DNS are written that ${domain} is shown to be yours by → pulumi config set --secret indie-ventures:dnsToken --stack ${stack}`);
  if (read.issuer === "manual" && isMissing("certificates")) say("certificates", "is missing: the folder of the certificates' files");
  return { tls: read, mistakes };
}

const isBelowLocalhost = (domain: string): boolean => domain === "localhost" || domain.endsWith(".localhost");

function asObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function meant(key: string): string {
  const name = nearest(key, FIELDS);
  return name === undefined ? `it knows ${FIELDS.join(", ")}` : `did you mean ${name}?`;
}

/** A word of lego's command line, and nothing that begins an option of its. */
const EMAIL = /^[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const isPath = (text: string): boolean => text.trim() !== "" && !/\p{Cc}/u.test(text);

const RULES: Record<(typeof FIELDS)[number], [must: string, isRight: (text: string) => boolean]> = {
  issuer: [`${ISSUERS.slice(0, -1).join(", ")} or off`, (text) => (ISSUERS as readonly string[]).includes(text)],
  email: ["an address of mail", (text) => EMAIL.test(text)],
  server: ["an address that begins with https://", (text) => urlOf(text)?.protocol === "https:"],
  serverRoots: ["the path of a file", isPath],
  certificates: ["the path of a folder", isPath],
};

/** No login is in it, and nothing that a shell or a log would read otherwise. */
function urlOf(text: string): URL | undefined {
  const url = URL.canParse(text) && /^[!-~]+$/.test(text) ? new URL(text) : undefined;
  return url?.username === "" && url.password === "" ? url : undefined;
}

/** RFC 1918 and loopback. */
const PRIVATE = new BlockList();
for (const [network, bits] of [["10.0.0.0", 8], ["172.16.0.0", 12], ["192.168.0.0", 16], ["127.0.0.0", 8]] as const) PRIVATE.addSubnet(network, bits, "ipv4");

/** Unencrypted only to where nobody is in between: an address of one's own network. */
export function isSafeUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" || (url?.protocol === "http:" && PRIVATE.check(url.hostname, "ipv4"));
}

/** The address of an API, that paths are put behind: no slash at its end. */
export const apiOf = (text: string): string | undefined => (isSafeUrl(text) && urlOf(text) !== undefined && !/[?#]/.test(text) ? text.replace(/\/+$/, "") : undefined);

/** A certificate that the server has to have. */
export interface Certificate {
  /** What it is called on the server: its host, or `_.<domain>` where it is a wildcard. */
  name: string;
  /** What it is for, where that is not its name. */
  domain?: string;
  challenge: "http-01" | "dns-01";
}

/**
 * Which certificate a host is served with. A host has its own, so that one that nobody can prove harms no other; but for what is right below the
 * server's domain one wildcard does, where the DNS of that can be written.
 */
export function certificateOf(host: string, { domain, tls }: { domain: string; tls: Pick<Tls, "issuer"> }): Certificate {
  const isOurs = tls.issuer === "letsencrypt-dns" && host.endsWith(`.${domain}`);
  if (!isOurs) return { name: host, challenge: "http-01" };
  const isRightBelow = !host.slice(0, -domain.length - 1).includes(".");
  return isRightBelow ? { name: `_.${domain}`, domain: `*.${domain}`, challenge: "dns-01" } : { name: host, challenge: "dns-01" };
}

/** The certificates that hosts need, each once. Sorted, so that another order in the file changes nothing. */
export function certificatesOf(hosts: readonly string[], stack: { domain: string; tls: Pick<Tls, "issuer"> }): Certificate[] {
  const byName = new Map(hosts.map((host) => certificateOf(host, stack)).map((certificate) => [certificate.name, certificate]));
  return [...byName.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
