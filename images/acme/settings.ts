// What the container was started with.
export const ISSUERS = ["letsencrypt", "letsencrypt-dns", "manual", "self-signed"] as const;
export type Issuer = (typeof ISSUERS)[number];

/** The CA, and what it wants of us. */
export interface Acme {
  email: string;
  /** ACME's directory. */
  server: string;
  /** Path of a PEM file that the directory's own HTTPS is checked with. @default the system's roots */
  serverRoots?: string;
  /** Hetzner's, for DNS-01. The token is a secret. */
  dns?: { api: string; token: string };
}

export interface Settings {
  issuer: Issuer;
  /** There where the issuer is a CA. */
  acme?: Acme;
}

export const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";
export const HETZNER_API = "https://api.hetzner.cloud/v1";

/** @throws Error naming the variable that is missing; no value is in it */
export function readSettings(env: Record<string, string | undefined> = process.env): Settings {
  const read = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const issuer = ISSUERS.find((each) => each === read("ISSUER"));
  if (issuer === undefined) throw new Error(`the container's environment has no ISSUER that is one of ${ISSUERS.join(", ")}`);
  if (!issuer.startsWith("letsencrypt")) return { issuer };
  const email = read("ACME_EMAIL");
  if (email === undefined) throw new Error("the container's environment has no ACME_EMAIL");
  const token = read("DNS_TOKEN");
  const dns = token === undefined ? undefined : { api: read("DNS_API") ?? HETZNER_API, token };
  return { issuer, acme: { email, server: read("ACME_SERVER") ?? LETS_ENCRYPT, serverRoots: read("ACME_SERVER_ROOTS"), dns } };
}
