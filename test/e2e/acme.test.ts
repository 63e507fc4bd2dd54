// The acme container's program without its container: real lego, and Pebble as its CA, which asks the webroot and Hetzner's zones.
import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Settings } from "../../images/acme/settings.ts";
import type { Status } from "../../images/acme/status.ts";
import { pebblePrograms } from "../lab/pebble/fetch.ts";
import { type Pebble, startPebble } from "../lab/pebble/start.ts";
import { startZones, type Zones } from "../lab/pebble/zones.ts";
import { placesIn } from "../unit/acme/placesIn.ts";

/** A zone's name servers are asked at port 53 alone. */
const ADDRESS = "127.0.0.77";
/** Milliseconds until the name servers say a record that the API took: longer than lego takes by itself. */
const DELAY = 6000;
const folder = mkdtempSync(join(tmpdir(), "indie-ventures-acme-"));
const places = placesIn(folder);
const path = process.env.PATH;
const said: string[] = [];

let acme: typeof import("../../images/acme/keep.ts") & typeof import("../../images/acme/tell.ts") & typeof import("../../images/acme/live.ts");
let web: Server;
let pebble: Pebble;
let zones: Zones;
let settings: Settings;

/** As the edge: the webroot, for any host. */
function startWeb(): Promise<number> {
  web = createServer(({ url = "" }, response) => {
    const file = join(places.WEBROOT, new URL(url, "http://edge").pathname);
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  return new Promise((resolve) => web.listen(0, ADDRESS, () => resolve((web.address() as { port: number }).port)));
}

beforeAll(async () => {
  jest.unstable_mockModule("../../images/acme/places.ts", () => places);
  acme = { ...(await import("../../images/acme/keep.ts")), ...(await import("../../images/acme/tell.ts")), ...(await import("../../images/acme/live.ts")) };
  await acme.prepareFolders();
  const programs = await pebblePrograms();
  // lego runs the program for DNS by the name `node`.
  process.env.PATH = `${programs}:${dirname(process.execPath)}:${path}`;
  pebble = await startPebble({ programs, folder: join(folder, "pebble"), httpPort: await startWeb(), address: ADDRESS, dnsPort: 53 });
  // The API is ahead of the name servers.
  const dns = { addTxt: async (...record: [string, string]) => void setTimeout(() => void pebble.dns.addTxt(...record), DELAY), clearTxt: pebble.dns.clearTxt };
  zones = await startZones({ zones: [{ name: "example.test", nameservers: [ADDRESS] }], token: "of-dns", dns });
  const { directory: server, serverRoots } = pebble;
  settings = { issuer: "letsencrypt-dns", acme: { email: "me@example.com", server, serverRoots, dns: { api: zones.url, token: "of-dns" } } };
});
beforeEach(() => void said.splice(0));
afterAll(async () => {
  process.env.PATH = path;
  await pebble?.end();
  await zones?.end();
  web?.close();
  rmSync(folder, { recursive: true, force: true });
});

const want = (owner: string, ...names: string[]) => acme.want(settings, owner, JSON.stringify({ names: names.map((name) => ({ name, challenge: name.endsWith(".example.test") ? "dns-01" : "http-01" })) }));
const keep = () => acme.keep(settings, (line) => void said.push(line));
const status = (): Status => JSON.parse(readFileSync(places.STATUS, "utf8")) as Status;

/** Signed by what Pebble's root signed. */
function isPebbles(name: string): boolean {
  const [certificate, intermediate] = readFileSync(join(places.LIVE, name, "fullchain.pem"), "utf8").split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => pem.trim()).filter(Boolean).map((pem) => new X509Certificate(pem));
  const root = new X509Certificate(readFileSync(pebble.issuingRoots));
  return certificate!.verify(intermediate!.publicKey) && intermediate!.verify(root.publicKey);
}

test("three names by HTTP, one of which leads elsewhere: two have Pebble's, and the third says why not", async () => {
  await pebble.dns.setAddresses("lost.test", ["127.0.0.99"]);
  await want("blog", "blog.test", "lost.test", "shop.test");
  await keep();
  expect([isPebbles("blog.test"), isPebbles("shop.test")]).toEqual([true, true]);
  expect(status()["blog.test"]).toMatchObject({ issuer: expect.stringMatching(/^Pebble Intermediate CA/), owners: ["blog"] });
  expect(status()["lost.test"]).toMatchObject({ issuer: "placeholder", lastError: { text: expect.stringMatching(/^the CA can not connect to lost\.test at port 80: .*connection refused/) } });
  // Nothing of an order is left for others to read.
  expect(readdirSync(join(places.WEBROOT, ".well-known", "acme-challenge"))).toEqual([]);
});

test("a wildcard, and what is deeper, by records of Hetzner's zone, which are gone afterwards", async () => {
  await want("server", "_.example.test", "api.shop.example.test");
  await keep();
  expect(said).toEqual(["_.example.test: has its certificate", "api.shop.example.test: has its certificate"]);
  expect([isPebbles("_.example.test"), isPebbles("api.shop.example.test")]).toEqual([true, true]);
  expect(zones.records.size).toBe(0);
});

test("a zone that is not Hetzner's: the program's own words", async () => {
  const elsewhere = { ...settings, acme: { ...settings.acme!, dns: { api: zones.url, token: "another" } } };
  await want("deep", "a.deep.example.test");
  await acme.keep(elsewhere, (line) => void said.push(line));
  expect(status()["a.deep.example.test"]!.lastError!.text).toMatch(/^Hetzner's API does not know the token/);
  await acme.unwant("deep");
});

test("a CA that is down: what is there stays, and what is new says so", async () => {
  await pebble.endCa();
  await want("late", "late.test");
  await keep();
  expect(isPebbles("blog.test")).toBe(true);
  expect(status()["late.test"]).toMatchObject({ issuer: "placeholder", lastError: { text: expect.stringMatching(/^the CA does not answer at https:.*connection refused/) } });
  await acme.unwant("late");
});

test("a CA that has forgotten our account: another is made", async () => {
  await pebble.startCa();
  await want("late", "late.test");
  await keep();
  expect(isPebbles("late.test")).toBe(true);
});
