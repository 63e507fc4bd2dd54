// lego, which speaks ACME for us (go-acme/lego 4.9, Debian's).
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Pair } from "./certificate.ts";
import { readText } from "./files.ts";
import { domainOf } from "./names.ts";
import { LEGO, WEBROOT } from "./places.ts";
import type { Acme } from "./settings.ts";
import type { WantedName } from "./wanted.ts";

/** What lego's `exec` provider calls: `present|cleanup <fqdn> <value>`. */
const DNS_PROGRAM = fileURLToPath(new URL("dnsHetzner.ts", import.meta.url));

/** Pure. */
export const legoArguments = ({ email, server }: Acme, { name, challenge }: WantedName): string[] => [
  "--accept-tos",
  "--email", email,
  "--server", server,
  "--path", LEGO,
  "--domains", domainOf(name),
  "--key-type", "ec256",
  // Our program has seen the record at the zone's own name servers; lego would look for these by a resolver that may know of none yet.
  ...(challenge === "http-01" ? ["--http", "--http.webroot", WEBROOT] : ["--dns", "exec", "--dns.disable-cp"]),
  "run",
];

/** All that lego gets. The token is in it for DNS alone. Pure. */
export const legoEnvironment = ({ serverRoots, dns }: Acme, { challenge }: WantedName, env: Record<string, string | undefined>): Record<string, string | undefined> => ({
  PATH: env.PATH,
  NODE_OPTIONS: env.NODE_OPTIONS,
  LEGO_CA_CERTIFICATES: serverRoots,
  ...(challenge === "dns-01" ? { EXEC_PATH: DNS_PROGRAM, DNS_API: dns?.api, DNS_TOKEN: dns?.token } : {}),
});

/** Where lego keeps what it got: without a suffix. It writes `*` as `_`, too. */
export const legoFile = (name: string): string => join(LEGO, "certificates", name);

export async function readOrdered(name: string): Promise<Pair> {
  const [fullchain = "", privkey = ""] = [await readText(`${legoFile(name)}.crt`), await readText(`${legoFile(name)}.key`)];
  return { fullchain, privkey };
}

/** The CA's account, by which it knows us. lego names the folder by the server's host. */
export const accountFolder = ({ server }: Acme): string => join(LEGO, "accounts", new URL(server).host.replaceAll(":", "_"));
