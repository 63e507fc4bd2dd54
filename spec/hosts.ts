import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** A host in its one spelling, or what is wrong with it, without the text itself → how to mend it. */
export type Host = { host: string } | { mistake: string };

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A host name in its one spelling: small letters, punycode, no dot at the end. What comes out is safe as a word of nginx's and
 * Envoy's configuration.
 */
export function parseHost(text: string): Host {
  const shape = shapeMistake(text);
  if (shape !== undefined) return { mistake: shape };
  const host = domainToASCII(text).replace(/\.$/, "");
  if (isIP(host) !== 0) return { mistake: "is an address → write a host name" };
  if (host.length > 253 || !host.split(".").every((label) => LABEL.test(label)))
    return { mistake: "is no host name → letters, digits and dashes between dots, 63 characters each at most" };
  return { host };
}

/** A domain of a project: a host name with a dot in it. */
export function parseDomain(text: string): Host {
  const parsed = parseHost(text);
  if ("mistake" in parsed || parsed.host.includes(".")) return parsed;
  return { mistake: "has no dot → write the whole host name, such as api.example.com" };
}

/** Node's domainToASCII reads a URL's host, and so drops or decodes what these name (Node 22: "a/b" becomes "a"). */
function shapeMistake(text: string): string | undefined {
  if (text === "") return "is empty → write a host name";
  if (text.includes("://")) return "has a scheme → write only the host";
  if (text.includes("*")) return "is a wildcard → write each host";
  if (/[/\\?#]/.test(text)) return "has a path → write only the host";
  if (text.includes("@")) return "has a user → write only the host";
  if (text.includes(":")) return isIP(text) === 0 ? "has a port → write only the host" : "is an address → write a host name";
  if (/[\s%\p{Cc}]/u.test(text)) return "has a character that no host name has → letters, digits, dashes and dots";
  return undefined;
}
