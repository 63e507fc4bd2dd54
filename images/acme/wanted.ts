// Which certificates there have to be: each owner's in a file of its own.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readJson, writeJson } from "./files.ts";
import { domainOf, isCertificateName, isOwner, isWildcard } from "./names.ts";
import { WANTED } from "./places.ts";
import { shown, Stop } from "./stop.ts";

export const CHALLENGES = ["http-01", "dns-01"] as const;
export type Challenge = (typeof CHALLENGES)[number];

export interface WantedName {
  /** The certificate's. */
  name: string;
  /** How the CA sees that it is ours. */
  challenge: Challenge;
}

/** What an update tells of an owner (`node main.ts want <owner>`). */
export interface WantedFile {
  names: WantedName[];
}

export interface Wanted extends WantedName {
  /** Sorted. */
  owners: string[];
}

/** @throws Stop naming the owner as it was given */
export function requireOwner(owner: string): string {
  if (!isOwner(owner)) throw new Stop(`${JSON.stringify(shown(owner))} is no owner of certificates: it is a project's name, or "server"`);
  return owner;
}

/** @throws Stop naming what is wrong; nothing is written then */
export function parseWanted(text: string): WantedFile {
  const names = (parseJson(text) as { names?: unknown } | null)?.names;
  if (!Array.isArray(names)) throw new Stop('stdin must be JSON, {"names":[{"name":"blog.example.com","challenge":"http-01"}]}');
  const parsed = names.map(parseName);
  return { names: [...new Map(parsed.map((each) => [each.name, each])).values()] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseName(value: unknown): WantedName {
  const { name, domain, challenge = "http-01" } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || !isCertificateName(name)) throw new Stop(`${shown(JSON.stringify(name) ?? "nothing")} is no certificate's name: it is a host, or "_." and a domain`);
  if (domain !== undefined && domain !== domainOf(name)) throw new Stop(`the certificate ${name} is for ${domainOf(name)}, not for ${shown(JSON.stringify(domain))}`);
  const known = CHALLENGES.find((each) => each === challenge);
  if (known === undefined) throw new Stop(`${name}: the challenge is one of ${CHALLENGES.join(", ")}`);
  // RFC 8555 has no way to see a whole domain by HTTP (§ 8.3).
  if (isWildcard(name) && known !== "dns-01") throw new Stop(`${name}: a CA gives a wildcard by dns-01 alone`);
  return { name, challenge: known };
}

/** All names with who wants them, in the alphabet's order. Of two challenges for a name dns-01 is it: it asks for less. Pure. */
export function allWanted(files: Record<string, WantedFile>): Wanted[] {
  const all = new Map<string, Wanted>();
  for (const owner of Object.keys(files).sort())
    for (const { name, challenge } of files[owner]!.names) {
      const known = all.get(name);
      all.set(name, { name, challenge: known?.challenge === "dns-01" ? "dns-01" : challenge, owners: [...(known?.owners ?? []), owner] });
    }
  return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const wantedFile = (owner: string): string => join(WANTED, `${requireOwner(owner)}.json`);

export async function readWanted(): Promise<Wanted[]> {
  const names = await readdir(WANTED).catch(() => []);
  const owners = names.flatMap((name) => (name.endsWith(".json") ? [name.slice(0, -".json".length)] : []));
  const files = await Promise.all(owners.map(async (owner) => [owner, (await readJson<WantedFile>(wantedFile(owner))) ?? { names: [] }] as const));
  return allWanted(Object.fromEntries(files));
}

export const writeWanted = (owner: string, file: WantedFile): Promise<void> => writeJson(wantedFile(owner), file);

export const removeWanted = (owner: string): Promise<void> => rm(wantedFile(owner), { force: true });
