import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Attempts } from "../../../images/acme/due.ts";
import type { Settings } from "../../../images/acme/settings.ts";
import { placesIn } from "./placesIn.ts";

const folder = mkdtempSync(join(tmpdir(), "indie-ventures-ordered-by-"));
const places = placesIn(folder);
const roots = join(folder, "roots.pem");
const settings: Settings = { issuer: "letsencrypt-dns", acme: { email: "me@example.com", server: "https://ca/dir", serverRoots: roots, dns: { api: "https://dns/v1", token: "a-secret-token" } } };
const { acme } = settings;

let start: (settings: Settings) => Promise<void>;
let attempts: typeof import("../../../images/acme/attempts.ts");

beforeAll(async () => {
  jest.unstable_mockModule("../../../images/acme/places.ts", () => places);
  ({ forgetOtherFailures: start } = await import("../../../images/acme/orderedBy.ts"));
  attempts = await import("../../../images/acme/attempts.ts");
  writeFileSync(roots, "roots");
});
afterAll(() => rmSync(folder, { recursive: true }));

const failed: Attempts = { "a.example": { failures: 3, last: "2026-11-01T00:00:00.000Z", next: "2026-11-01T01:00:00.000Z", error: "no" } };

/** Whether what failed still waits, after a start with these. */
async function waitsAfter(next: Settings): Promise<boolean> {
  await start(settings);
  await attempts.changeAttempts(() => failed);
  await start(next);
  return (await attempts.readAttempts())["a.example"] !== undefined;
}

test("what failed waits over a start with the same settings", async () => {
  expect(await waitsAfter(settings)).toBe(true);
  expect(await waitsAfter(structuredClone(settings))).toBe(true);
});

test.each<[string, Settings]>([
  ["token", { ...settings, acme: { ...acme!, dns: { ...acme!.dns!, token: "another" } } }],
  ["CA", { ...settings, acme: { ...acme!, server: "https://other/dir" } }],
  ["address", { ...settings, acme: { ...acme!, email: "you@example.com" } }],
  ["issuer", { issuer: "manual" }],
])("it is tried at once by another %s", async (_, next) => expect(await waitsAfter(next)).toBe(false));

test("and when the CA's own roots are others", async () => {
  await start(settings);
  await attempts.changeAttempts(() => failed);
  writeFileSync(roots, "others");
  await start(settings);
  expect(await attempts.readAttempts()).toEqual({});
});

test("no secret is in what is noted", () => {
  expect(existsSync(places.ORDERED_BY)).toBe(true);
  expect(readFileSync(places.ORDERED_BY, "utf8")).toMatch(/^[0-9a-f]{64}$/);
});
