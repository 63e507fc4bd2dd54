// What lego says where it fails, in our words. Pure.
import type { Failure } from "./due.ts";
import { domainOf } from "./names.ts";
import type { Acme } from "./settings.ts";
import { short, shown } from "./stop.ts";
import type { WantedName } from "./wanted.ts";

/** How dnsHetzner.ts begins the line that says why it failed. */
export const DNS_PREFIX = "dns: ";

/** `acme: error: 403 :: urn:ietf:params:acme:error:unauthorized :: what the CA says`; of a request with its method and URL before the type. */
const ACME_ERROR = /acme: error: \d+ :: (?:\w+ :: \S+ :: )?urn:ietf:params:acme:error:(\w+) :: ([^\n]*)/;

/** Let's Encrypt's: `too many certificates … retry after 2026-11-30 12:00:00 UTC: see …`. */
const RETRY_AFTER = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/;

/** The types of RFC 8555 § 6.7 that tell the reader what to do. */
const WORDS: Record<string, (host: string, challenge: WantedName["challenge"]) => string> = {
  dns: (host) => `DNS has no address of ${host} that the CA can find: its A or AAAA record must lead to this server`,
  connection: (host) => `the CA can not connect to ${host} at port 80: its DNS must lead to this server, and no firewall may be before that port`,
  tls: (host) => `the CA can not connect to ${host}: another server answers there`,
  unauthorized: (host, challenge) =>
    challenge === "http-01"
      ? `not this server answers at http://${host}: its DNS leads elsewhere, or something stands before the server`
      : `the CA does not see our TXT record of ${host}: are the domain's name servers Hetzner's?`,
  caa: (host) => `a CAA record of ${host} forbids this CA`,
  rateLimited: () => "the CA's limit is reached",
  rejectedIdentifier: (host) => `the CA gives no certificate for ${host}`,
  invalidContact: () => "the CA refuses the e-mail address of indie-ventures:tls",
  unsupportedContact: () => "the CA refuses the e-mail address of indie-ventures:tls",
  externalAccountRequired: () => "this CA has only accounts that were made beforehand (external account binding), which lego is not told of",
  accountDoesNotExist: () => "the CA does not know our account",
  serverInternal: () => "the CA failed",
};

/** The CA has forgotten the account, as one for tests does at each start. */
export const isAccountGone = (output: string): boolean => ACME_ERROR.exec(output)?.[1] === "accountDoesNotExist";

export function failureOf(output: string, wanted: WantedName, acme: Acme): Failure {
  const notBefore = RETRY_AFTER.exec(output);
  const text = inOurWords(output, wanted, acme);
  // It is in no output that we know of; no line of a status may ever hold it.
  const safe = acme.dns === undefined ? text : text.replaceAll(acme.dns.token, "(the token)");
  return { text: short(shown(safe)), ...(notBefore === null ? {} : { notBefore: new Date(`${notBefore[1]}T${notBefore[2]}Z`) }) };
}

function inOurWords(output: string, { name, challenge }: WantedName, { server }: Acme): string {
  // Before that stands what went well, and what failed while it cleaned up.
  const about = output.slice(Math.max(output.lastIndexOf("Could not obtain certificates"), 0));
  const [, type = "", detail = ""] = ACME_ERROR.exec(about) ?? [];
  if (type !== "") return `${WORDS[type]?.(domainOf(name), challenge) ?? `the CA refuses the order: ${type}`} (${detail.trim().replace(/, url: *$/, "")})`;
  const ofDns = output.split("\n").map(withoutTime).find((line) => line.startsWith(DNS_PREFIX));
  if (about.includes("presenting token") && ofDns !== undefined) return ofDns.slice(DNS_PREFIX.length);
  const last = lastLine(about);
  if (last.includes("x509:")) return `the HTTPS of ${server} is signed by nobody that is known here: its roots are tls.serverRoots (${ofNetwork(last)})`;
  if (last.includes("get directory at")) return `the CA does not answer at ${server} (${ofNetwork(last)})`;
  return last;
}

/** lego puts the time before what it says, and before the first line of what our program said. */
const withoutTime = (line: string): string => line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, "");

const lastLine = (output: string): string => withoutTime((output.trim().split("\n").at(-1) ?? "").trim()) || "lego failed and said nothing";

/** What Go says behind the request: `Get "https://…": dial tcp …`. */
const ofNetwork = (line: string): string => line.replace(/^.*?: (?:Get|Post|Head) "[^"]*": /, "");
