import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { fileURLToPath } from "node:url";
import { type Api, cleanUp, nameInZone, present, zoneNames } from "../../../images/acme/hetzner.ts";
import { startZones, type Zones } from "../../lab/pebble/zones.ts";

const NAME = "_acme-challenge.shop.example.com";
let zones: Zones;
let api: Api;

beforeEach(async () => {
  const all = [{ name: "example.com" }, { name: "copy.example", mode: "secondary" as const }, { name: "deep.example.org" }, { name: "example.org" }];
  zones = await startZones({ zones: all, token: "may-write", readOnlyToken: "may-read" });
  api = { url: zones.url, token: "may-write", pause: 5 };
});
afterEach(() => zones.end());

const recordsOf = (name: string) => zones.records.get(name);

describe("a record", () => {
  test("is put into the zone, in quotes, and taken away", async () => {
    await present(api, `${NAME}.`, "value-1");
    expect(recordsOf(NAME)).toEqual({ ttl: 60, values: ['"value-1"'] });
    expect(zones.requests).toEqual([
      "GET /v1/zones?name=shop.example.com",
      "GET /v1/zones?name=example.com",
      "GET /v1/zones/1/rrsets/_acme-challenge.shop/TXT",
      "POST /v1/zones/1/rrsets/_acme-challenge.shop/TXT/actions/add_records",
      "GET /v1/actions/1",
    ]);
    await cleanUp(api, `${NAME}.`, "value-1");
    expect(recordsOf(NAME)).toBeUndefined();
  });

  test("stands beside those that others put there, whatever their time to live, and leaves them", async () => {
    zones.records.set(NAME, { ttl: 3600, values: ['"other"'] });
    await present(api, NAME, "mine");
    expect(recordsOf(NAME)).toEqual({ ttl: 3600, values: ['"other"', '"mine"'] });
    await cleanUp(api, NAME, "mine");
    expect(recordsOf(NAME)).toEqual({ ttl: 3600, values: ['"other"'] });
  });

  test("beside one with the zone's own time to live", async () => {
    zones.records.set(NAME, { ttl: null, values: ['"other"'] });
    await present(api, NAME, "mine");
    expect(recordsOf(NAME)).toEqual({ ttl: null, values: ['"other"', '"mine"'] });
  });

  test("that is there, or is not there to be taken away, is as it has to be", async () => {
    zones.records.set(NAME, { ttl: 60, values: ['"mine"'] });
    await present(api, NAME, "mine");
    await cleanUp(api, NAME, "another");
    await cleanUp(api, "_acme-challenge.example.com", "mine");
    expect(zones.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
  });

  test("goes into the zone that is nearest", async () => {
    await present(api, "_acme-challenge.a.deep.example.org", "v");
    expect([...zones.records.keys()]).toEqual(["_acme-challenge.a.deep.example.org"]);
    expect(zones.requests.at(-2)).toBe("POST /v1/zones/3/rrsets/_acme-challenge.a/TXT/actions/add_records");
  });
});

describe("what passes is tried again", () => {
  test.each([
    [429, "rate_limit_exceeded"],
    [409, "conflict"],
    [503, "unavailable"],
  ])("%d %s", async (status, code) => {
    zones.failures.push({ status, code }, { status, code });
    await present(api, NAME, "v");
    expect(recordsOf(NAME)?.values).toEqual(['"v"']);
  });

  test("and not for ever", async () => {
    zones.failures.push(...Array.from({ length: 9 }, () => ({ status: 429, code: "rate_limit_exceeded" })));
    await expect(present(api, NAME, "v")).rejects.toThrow("Hetzner's API says 429 rate_limit_exceeded limit of 3600 requests per hour reached");
    expect(zones.requests).toHaveLength(5);
  });
});

describe("what stays is said", () => {
  test.each<[string, () => Promise<void>, string]>([
    ["a token that is none", () => present({ ...api, token: "no" }, NAME, "v"), "does not know the token: set another, pulumi config set --secret indie-ventures:dnsToken (Hetzner's API says 401 unauthorized"],
    ["a token that may only read", () => present({ ...api, token: "may-read" }, NAME, "v"), "the token may not change records: it must be one that may read and write (Hetzner's API says 403 token_readonly"],
    ["a zone that is a copy", () => present(api, "_acme-challenge.copy.example", "v"), "the zone is a copy of one elsewhere, and takes no records: the zone must be a primary one (Hetzner's API says 422 incorrect_zone_mode"],
    ["no zone", () => present(api, "_acme-challenge.elsewhere.example.net", "v"), "none of the zones that the token is for has _acme-challenge.elsewhere.example.net"],
  ])("%s", async (_, act, words) => {
    await expect(act()).rejects.toThrow(words);
    expect(zones.records.size).toBe(0);
  });

  test("that nobody answers", async () => {
    const gone = await startZones({ zones: [], token: "t" });
    await gone.end();
    await expect(present({ ...api, url: gone.url }, NAME, "v")).rejects.toThrow(`Hetzner's API does not answer at ${gone.url}: connect ECONNREFUSED`);
  });

  test("a change that failed after it was taken", async () => {
    zones.actionError = { code: "action_failed", message: "the zone is locked" };
    await expect(present(api, NAME, "v")).rejects.toThrow("Hetzner did not change the record: the zone is locked");
  });
});

test("which zones a name may be of, and what it is called there", () => {
  expect(zoneNames("_acme-challenge.a.b.example.com.")).toEqual(["a.b.example.com", "b.example.com", "example.com"]);
  expect(nameInZone("_acme-challenge.A.b.example.com.", "example.com")).toBe("_acme-challenge.a.b");
});

describe("the program that lego calls", () => {
  const run = (args: string[], token = "may-write") =>
    execa(process.execPath, [fileURLToPath(new URL("../../../images/acme/dnsHetzner.ts", import.meta.url)), ...args], { env: { DNS_API: zones.url, DNS_TOKEN: token, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" }, reject: false });

  test("present, and cleanup", async () => {
    expect((await run(["present", `${NAME}.`, "-value"])).exitCode).toBe(0);
    expect(recordsOf(NAME)?.values).toEqual(['"-value"']);
    expect((await run(["cleanup", `${NAME}.`, "-value"])).exitCode).toBe(0);
    expect(zones.records.size).toBe(0);
  });

  test("says in one line why it failed, without the token", async () => {
    const { exitCode, stderr, stdout } = await run(["present", NAME, "v"], "a-secret-token");
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^dns: Hetzner's API does not know the token[^\n]*$/);
    expect(stderr).not.toContain("a-secret-token");
  });

  test.each([[[]], [["present"]], [["frob", NAME, "v"]]])("%j is no call of lego's", async (args) => {
    const { exitCode, stderr } = await run(args);
    expect([exitCode, stderr]).toEqual([1, "dns: usage: present|cleanup <fqdn> <value>"]);
  });
});
