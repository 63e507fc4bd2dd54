// Records of a zone at Hetzner, by the Cloud API (docs.hetzner.cloud/reference/cloud#zones): the DNS API of before is shut down.
import { lookup, Resolver } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Stop } from "./stop.ts";

export interface Api {
  /** `https://api.hetzner.cloud/v1` */
  url: string;
  /** Secret. */
  token: string;
  /** Milliseconds between two looks. @default 1000 */
  pause?: number;
}

interface Zone {
  id: number;
  name: string;
  authoritative_nameservers?: { assigned?: string[] };
}

interface RecordSet {
  /** null: the zone's. */
  ttl: number | null;
  records: { value: string }[];
}

interface Action {
  id: number;
  status: "running" | "success" | "error";
  error: { code: string; message: string } | null;
}

/** The least that the API takes. */
const TTL = 60;

/** HTTP statuses that pass: conflict, locked, limit, and a server that fails. */
const PASSING = [409, 423, 429, 500, 502, 503, 504];
const TRIES = 5;
const PAUSE = 1000;
/** Looks at what takes its time: two minutes of them. */
const LOOKS = 120;

interface Answer {
  status: number;
  body: unknown;
}

async function ask({ url, token }: Api, method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const request = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(30_000) };
  const response = await fetch(`${url}${path}`, request).catch((error: Error) => {
    throw new Stop(`Hetzner's API does not answer at ${url}: ${(error.cause as Error | undefined)?.message ?? error.message}`);
  });
  return { status: response.status, body: await response.json().catch(() => ({})) };
}

/** @returns undefined where there is no such thing */
async function call<T>(api: Api, method: "GET" | "POST", path: string, body?: unknown): Promise<T | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { status, body: answer } = await ask(api, method, path, body);
    if (status < 300) return answer as T;
    if (status === 404) return undefined;
    if (!PASSING.includes(status) || attempt === TRIES) throw new Stop(inOurWords(status, answer));
    await sleep((api.pause ?? PAUSE) * attempt);
  }
}

function inOurWords(status: number, answer: unknown): string {
  const { code = "", message = "" } = (answer as { error?: { code?: string; message?: string } } | null)?.error ?? {};
  const said = `Hetzner's API says ${[status, code, message].filter((part) => part !== "").join(" ")}`;
  if (status === 401) return `Hetzner's API does not know the token: set another, pulumi config set --secret indie-ventures:dnsToken (${said})`;
  if (status === 403) return `the token may not change records: it must be one that may read and write (${said})`;
  if (code === "incorrect_zone_mode") return `the zone is a copy of one elsewhere, and takes no records: the zone must be a primary one (${said})`;
  return said;
}

/** Hosts that the name's zone may be of, the longest first. Pure. */
export function zoneNames(fqdn: string): string[] {
  const labels = fqdn.replace(/\.$/, "").split(".");
  return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join("."));
}

/** A record set's name in its zone. Pure. */
export const nameInZone = (fqdn: string, zone: string): string => fqdn.replace(/\.$/, "").toLowerCase().slice(0, -(zone.length + 1));

async function findZone(api: Api, fqdn: string): Promise<Zone> {
  for (const name of zoneNames(fqdn.toLowerCase())) {
    const found = await call<{ zones: Zone[] }>(api, "GET", `/zones?name=${encodeURIComponent(name)}`);
    const zone = found?.zones.find((each) => each.name === name);
    if (zone !== undefined) return zone;
  }
  throw new Stop(`none of the zones that the token is for has ${fqdn}: it must be one of the same project as the zone`);
}

interface Place {
  zone: Zone;
  /** Of the TXT records of the name. */
  path: string;
}

async function find(api: Api, fqdn: string): Promise<Place> {
  const zone = await findZone(api, fqdn);
  return { zone, path: `/zones/${zone.id}/rrsets/${encodeURIComponent(nameInZone(fqdn, zone.name))}/TXT` };
}

const quoted = (value: string): string => JSON.stringify(value);

async function read(api: Api, { path }: Place): Promise<RecordSet | undefined> {
  return (await call<{ rrset: RecordSet }>(api, "GET", path))?.rrset;
}

const has = (set: RecordSet | undefined, value: string): boolean => set?.records.some((record) => record.value === quoted(value)) ?? false;

/** Adds the value beside others of the name, and waits until the zone's name servers say it. */
export async function present(api: Api, fqdn: string, value: string): Promise<void> {
  const place = await find(api, fqdn);
  const set = await read(api, place);
  if (!has(set, value)) {
    // Of a set that is there it must be the same.
    const ttl = set === undefined ? TTL : (set.ttl ?? undefined);
    const made = await call<{ action: Action }>(api, "POST", `${place.path}/actions/add_records`, { ttl, records: [{ value: quoted(value) }] });
    if (made === undefined) throw new Stop(`the zone ${place.zone.name} went away at Hetzner while a record was added`);
    await done(api, made.action);
  }
  await waitForServers(api, place.zone, fqdn, value);
}

/** Takes the value away, and leaves others of the name. */
export async function cleanUp(api: Api, fqdn: string, value: string): Promise<void> {
  const place = await find(api, fqdn);
  if (!has(await read(api, place), value)) return;
  const made = await call<{ action: Action }>(api, "POST", `${place.path}/actions/remove_records`, { records: [{ value: quoted(value) }] });
  if (made !== undefined) await done(api, made.action);
}

async function done(api: Api, action: Action): Promise<void> {
  let now: Action | undefined = action;
  for (let look = 0; now?.status === "running" && look < LOOKS; look++) {
    await sleep(api.pause ?? PAUSE);
    now = (await call<{ action: Action }>(api, "GET", `/actions/${action.id}`))?.action;
  }
  if (now?.status !== "success") throw new Stop(`Hetzner did not change the record: ${now?.error?.message ?? "it did not end within two minutes"}`);
}

/** The CA asks these, and counts what is wrong: each has to say it first. One that can not be asked from here is the CA's to ask. */
async function waitForServers(api: Api, { name, authoritative_nameservers }: Zone, fqdn: string, value: string): Promise<void> {
  let missing = authoritative_nameservers?.assigned ?? [];
  for (let look = 0; look < LOOKS; look++) {
    const answers = await Promise.all(missing.map(async (server) => ({ server, says: await says(server, fqdn, value) })));
    if (!answers.some(({ says }) => says === false)) return;
    missing = answers.filter(({ says }) => says === false).map(({ server }) => server);
    await sleep(api.pause ?? PAUSE);
  }
  throw new Stop(`the name servers of ${name} do not say the record two minutes after Hetzner took it: ${missing.join(", ")}`);
}

/** @returns undefined where it can not be asked */
async function says(server: string, fqdn: string, value: string): Promise<boolean | undefined> {
  const addresses = await lookup(server.replace(/\.$/, ""), { family: 4, all: true }).catch(() => []);
  if (addresses.length === 0) return undefined;
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  resolver.setServers(addresses.map(({ address }) => address));
  try {
    return (await resolver.resolveTxt(fqdn.replace(/\.$/, ""))).some((parts) => parts.join("") === value);
  } catch (error) {
    return ["ENOTFOUND", "ENODATA", "ESERVFAIL"].includes((error as { code?: string }).code ?? "") ? false : undefined;
  }
}
