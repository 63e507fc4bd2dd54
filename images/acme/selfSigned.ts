// Certificates of our own: without one nginx refuses a site.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pair } from "./certificate.ts";
import { domainOf } from "./names.ts";
import { STATE } from "./places.ts";
import { run } from "./run.ts";
import { inWords, Stop } from "./stop.ts";

/** Of the self-signed: what Apple's systems take at most from who trusts it by hand (support.apple.com/HT210176). */
const DAYS = { placeholder: 30, "self-signed": 825 };

const CONFIG = fileURLToPath(new URL("selfSigned.cnf", import.meta.url));

/** The name is in the SAN alone: a CN has room for 64 characters. Pure. */
export const opensslArguments = (name: string, kind: keyof typeof DAYS, folder: string): string[] => [
  "req", "-x509", "-config", CONFIG,
  "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
  "-days", String(DAYS[kind]),
  "-subj", `/O=${kind}`,
  "-addext", `subjectAltName=DNS:${domainOf(name)}`,
  "-keyout", join(folder, "privkey.pem"),
  "-out", join(folder, "fullchain.pem"),
];

/** ECDSA P-256. */
export async function selfSigned(name: string, kind: keyof typeof DAYS): Promise<Pair> {
  const folder = await mkdtemp(join(STATE, "self-signed-"));
  try {
    const { failed, output } = await run("openssl", opensslArguments(name, kind, folder), { timeout: 60_000 });
    if (failed) throw new Stop(`openssl made no certificate for ${name}: ${inWords(output)}`);
    const [fullchain, privkey] = await Promise.all(["fullchain.pem", "privkey.pem"].map((file) => readFile(join(folder, file), "utf8")));
    return { fullchain: fullchain!, privkey: privkey! };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
