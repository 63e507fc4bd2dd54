// The whole program but its first process, in a folder, with a `lego` that does what the test says: what comes of each of its ends.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pair } from "../../../images/acme/certificate.ts";
import type { Attempts } from "../../../images/acme/due.ts";
import type { Settings } from "../../../images/acme/settings.ts";
import type { Status } from "../../../images/acme/status.ts";
import { type Authority, authority, describeWithOpenssl } from "./authority.ts";
import { placesIn } from "./placesIn.ts";

const folder = mkdtempSync(join(tmpdir(), "indie-ventures-orders-"));
const places = placesIn(folder);
const bin = join(folder, "bin");
const path = process.env.PATH;
const SERVER = "https://ca.example/dir";
const ca: Settings = { issuer: "letsencrypt", acme: { email: "me@example.com", server: SERVER } };
const HOST = "blog.example.com";

let acme: typeof import("../../../images/acme/keep.ts") & typeof import("../../../images/acme/tell.ts") & typeof import("../../../images/acme/live.ts") & typeof import("../../../images/acme/order.ts");
let said: string[] = [];
let now = new Date();
const clock = () => now;
const say = (line: string) => void said.push(line);

beforeAll(async () => {
  jest.unstable_mockModule("../../../images/acme/places.ts", () => places);
  acme = { ...(await import("../../../images/acme/keep.ts")), ...(await import("../../../images/acme/tell.ts")), ...(await import("../../../images/acme/live.ts")), ...(await import("../../../images/acme/order.ts")) };
});
beforeEach(async () => {
  [said, now] = [[], new Date()];
  mkdirSync(bin, { recursive: true });
  process.env.PATH = `${bin}:${path}`;
  await acme.prepareFolders();
});
afterEach(() => {
  process.env.PATH = path;
  for (const each of [places.CERTIFICATES, places.STATE, bin]) rmSync(each, { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A shell script in the place of lego; each call is a line of `calls`. */
function lego(script: string): void {
  writeFileSync(join(bin, "lego"), `#!/bin/sh\necho "$*" >> "${join(folder, "state", "calls")}"\n${script}\n`);
  chmodSync(join(bin, "lego"), 0o755);
}
const calls = (): string[] => (existsSync(join(places.STATE, "calls")) ? readFileSync(join(places.STATE, "calls"), "utf8").trim().split("\n") : []);

/** What lego leaves behind when it went well. */
function legoGives({ fullchain, privkey }: Pair, name = HOST): void {
  const certificates = join(places.LEGO, "certificates");
  mkdirSync(certificates, { recursive: true });
  writeFileSync(join(bin, "crt"), fullchain);
  writeFileSync(join(bin, "key"), privkey);
  lego(`cp "${bin}/crt" "${certificates}/${name}.crt"; cp "${bin}/key" "${certificates}/${name}.key"`);
}
const wants = (...names: string[]): string => JSON.stringify({ names: names.map((name) => ({ name, challenge: name.startsWith("_.") ? "dns-01" : "http-01" })) });
const keep = (settings = ca) => acme.keep(settings, say, clock);
const status = (): Status => JSON.parse(readFileSync(places.STATUS, "utf8")) as Status;
const attempts = (): Attempts => JSON.parse(readFileSync(places.ATTEMPTS, "utf8")) as Attempts;
const generation = (): string => readFileSync(places.GENERATION, "utf8");
const live = (name: string, file = "fullchain.pem"): string => readFileSync(join(places.LIVE, name, file), "utf8");
const later = (hours: number) => (now = new Date(now.getTime() + hours * 3_600_000));
const DAY = 24;

describeWithOpenssl("certificates", () => {
  let authorityOfTests: Authority;
  beforeAll(() => {
    authorityOfTests = authority();
  });
  const issue = (host = HOST) => authorityOfTests.issue(host);

  test("what is wanted has a certificate at once, and no CA was asked", async () => {
    lego("exit 1");
    await acme.want(ca, "blog", wants(HOST, "api.blog.example.com"));
    expect(calls()).toEqual([]);
    expect(Object.keys(status())).toEqual(["api.blog.example.com", HOST]);
    expect(status()[HOST]).toMatchObject({ issuer: "placeholder", owners: ["blog"] });
    expect(Math.round((Date.parse(status()[HOST]!.validUntil) - Date.now()) / 86_400_000)).toBe(30);
  });

  test("nginx finds it by a symlink that leads within the volume; the key is root's alone", async () => {
    await acme.want(ca, "blog", wants(HOST));
    expect(readlinkSync(join(places.LIVE, HOST))).toBe(`../versions/${HOST}/1`);
    expect(statSync(join(places.LIVE, HOST, "privkey.pem")).mode & 0o777).toBe(0o600);
    expect([places.LIVE, places.VERSIONS, places.WEBROOT].map((each) => statSync(each).mode & 0o777)).toEqual([0o755, 0o700, 0o755]);
    expect(live(HOST, "privkey.pem")).toContain("PRIVATE KEY");
  });

  test("what is wanted again is as it was", async () => {
    await acme.want(ca, "blog", wants(HOST));
    const before = [generation(), live(HOST)];
    await acme.want(ca, "blog", wants(HOST));
    expect([generation(), live(HOST)]).toEqual(before);
  });

  test("the CA's is put in the placeholder's place, and who reads it is told", async () => {
    await acme.want(ca, "blog", wants(HOST));
    const before = generation();
    const pair = issue();
    legoGives(pair);
    await keep();
    expect(said).toEqual([`${HOST}: has its certificate`]);
    expect([live(HOST), live(HOST, "privkey.pem")]).toEqual([pair.fullchain, pair.privkey]);
    expect(generation()).not.toBe(before);
    expect(status()[HOST]).toMatchObject({ issuer: "Small CA R1", owners: ["blog"] });
    expect(status()[HOST]!.lastError).toBeUndefined();
    await keep();
    expect(calls()).toHaveLength(1);
  });

  test("it is renewed when a third of its lifetime is left", async () => {
    await acme.want(ca, "blog", wants(HOST));
    legoGives(issue());
    await keep();
    later(54 * DAY);
    await keep();
    expect(calls()).toHaveLength(1);
    later(8 * DAY);
    const next = authorityOfTests.issue(HOST, { until: "20991231000000Z" });
    legoGives(next);
    await keep();
    expect([calls().length, live(HOST)]).toEqual([2, next.fullchain]);
  });

  test("the last three versions stay", async () => {
    for (let round = 0; round < 5; round++) await acme.put(HOST, JSON.stringify(issue()));
    expect(readdirSync(join(places.VERSIONS, HOST)).sort()).toEqual(["3", "4", "5"]);
    expect(readlinkSync(join(places.LIVE, HOST))).toBe(`../versions/${HOST}/5`);
  });

  test("one that fails keeps no other from its certificate, waits, and says why", async () => {
    await acme.want(ca, "bad", wants("bad.example.com"));
    await acme.want(ca, "blog", wants(HOST));
    legoGives(issue());
    writeFileSync(join(bin, "lego"), `${readFileSync(join(bin, "lego"), "utf8").replace("#!/bin/sh\n", '#!/bin/sh\ncase "$*" in *bad.example*) echo "[bad.example.com] acme: error: 400 :: urn:ietf:params:acme:error:dns :: NXDOMAIN"; exit 1;; esac\n')}`);
    await keep();
    expect(status()[HOST]!.issuer).toBe("Small CA R1");
    expect(status()["bad.example.com"]).toMatchObject({ issuer: "placeholder", lastError: { at: now.toISOString(), next: new Date(now.getTime() + 900_000).toISOString() } });
    expect(status()["bad.example.com"]!.lastError!.text).toMatch(/^DNS has no address of bad\.example\.com .*\(NXDOMAIN\)$/);
  });

  test("what failed is tried again when its time has come, and then waits for longer", async () => {
    await acme.want(ca, "blog", wants(HOST));
    lego("echo no; exit 1");
    await keep();
    await keep();
    expect(calls()).toHaveLength(1);
    later(0.25);
    await keep();
    expect([calls().length, attempts()[HOST]!.failures, Date.parse(attempts()[HOST]!.next) - now.getTime()]).toEqual([2, 2, 1_800_000]);
    legoGives(issue());
    await keep();
    expect(status()[HOST]!.issuer).toBe("placeholder");
    later(0.5);
    await keep();
    expect([status()[HOST]!.issuer, status()[HOST]!.lastError]).toEqual(["Small CA R1", undefined]);
  });

  test("what failed is tried at once when its name becomes wanted anew, and not when it is told again", async () => {
    await acme.want(ca, "blog", wants(HOST));
    lego("exit 1");
    await keep();
    await acme.want(ca, "blog", wants(HOST));
    await keep();
    expect(calls()).toHaveLength(1);
    await acme.unwant("blog");
    await acme.want(ca, "blog", wants(HOST));
    await keep();
    expect(calls()).toHaveLength(2);
  });

  test("all that failed can be tried at once, by hand", async () => {
    await acme.want(ca, "blog", wants(HOST));
    lego("exit 1");
    await keep();
    expect((await acme.ordersDue(ca, now)).map(({ name }) => name)).toEqual([]);
    expect((await acme.ordersDue(ca, now, true)).map(({ name }) => name)).toEqual([HOST]);
  });

  test.each<[string, () => Pair, string]>([
    ["of another host", () => issue("other.example.com"), "what the CA gave is not used: the certificate is not for blog.example.com"],
    ["with another key", () => ({ ...issue(), privkey: issue().privkey }), "what the CA gave is not used: the key is not that"],
    ["that is cut", () => ({ ...issue(), fullchain: "-----BEGIN CERT" }), "what the CA gave is not used: the chain is no PEM text"],
  ])("one %s is never installed", async (_, pair, words) => {
    await acme.want(ca, "blog", wants(HOST));
    const before = [live(HOST), generation()];
    legoGives(pair());
    await keep();
    expect([live(HOST), generation()]).toEqual(before);
    expect(status()[HOST]!.lastError!.text).toContain(words);
  });

  test("a clock that is ahead does not order again and again", async () => {
    await acme.want(ca, "blog", wants(HOST));
    legoGives(issue());
    later(80 * DAY);
    await keep();
    await keep();
    expect(calls()).toHaveLength(1);
    expect(status()[HOST]).toMatchObject({ issuer: "Small CA R1", lastError: { text: expect.stringContaining("over soon by this server's clock") } });
  });

  test("an account that the CA has forgotten is made anew, once", async () => {
    await acme.want(ca, "blog", wants(HOST));
    const account = join(places.LEGO, "accounts", "ca.example");
    mkdirSync(account, { recursive: true });
    lego(`[ -e "${account}" ] || exit 7\necho "acme: error: 400 :: POST :: https://ca.example/order :: urn:ietf:params:acme:error:accountDoesNotExist :: not found"; exit 1`);
    await keep();
    expect(calls()).toHaveLength(2);
    expect(existsSync(account)).toBe(false);
  });

  test("another CA's is ordered when the server is another one", async () => {
    await acme.want(ca, "blog", wants(HOST));
    legoGives(issue());
    await keep();
    await acme.keep({ ...ca, acme: { ...ca.acme!, server: "https://other.example/dir" } }, say, clock);
    expect(calls()[1]).toContain("--server https://other.example/dir");
  });

  test("DNS without a token says how one is set, and calls nobody", async () => {
    lego("exit 0");
    await acme.want(ca, "server", wants("_.example.com"));
    await keep();
    expect(calls()).toEqual([]);
    expect(status()["_.example.com"]!.lastError!.text).toContain("pulumi config set --secret indie-ventures:dnsToken");
  });

  test("brought from elsewhere: installed when it is right, and left as long as it is good", async () => {
    const pair = issue();
    await acme.want({ issuer: "manual" }, "blog", wants(HOST));
    await acme.put(HOST, JSON.stringify(pair));
    await keep({ issuer: "manual" });
    expect(live(HOST)).toBe(pair.fullchain);
    expect(status()[HOST]).toMatchObject({ issuer: "manual", owners: ["blog"] });
    await expect(acme.put(HOST, JSON.stringify(issue("other.example.com")))).rejects.toThrow("The certificate of blog.example.com is not installed: the certificate is not for");
    await expect(acme.put("../x", "{}")).rejects.toThrow("no certificate's name");
    await expect(acme.put(HOST, `{"privkey":"secret`)).rejects.toThrow(/^stdin must be JSON(?!.*secret)/);
    expect(live(HOST)).toBe(pair.fullchain);
  });

  test("self-signed: for 825 days, in the placeholder's place too, and no CA is asked", async () => {
    lego("exit 1");
    await acme.want(ca, "blog", wants(HOST, "b.example.com"));
    await acme.want({ issuer: "self-signed" }, "blog", wants(HOST));
    await keep({ issuer: "self-signed" });
    expect([status()[HOST]!.issuer, Math.round((Date.parse(status()[HOST]!.validUntil) - Date.now()) / 86_400_000), calls()]).toEqual(["self-signed", 825, []]);
  });

  test("what nobody wants stays for thirty days, and comes back as it was", async () => {
    await acme.want(ca, "blog", wants(HOST));
    legoGives(issue());
    await keep();
    const pem = live(HOST);
    await acme.unwant("blog");
    await keep();
    expect(status()[HOST]!.owners).toEqual([]);
    later(29 * DAY);
    await keep();
    await acme.want(ca, "blog", wants(HOST));
    await keep();
    expect([live(HOST), calls().length]).toEqual([pem, 1]);
  });

  test("after them it goes, with its key everywhere", async () => {
    await acme.want(ca, "blog", wants(HOST));
    legoGives(issue());
    await keep();
    await acme.unwant("blog");
    await keep();
    const before = generation();
    later(30 * DAY);
    await keep();
    expect(readdirSync(places.LIVE)).toEqual([]);
    expect(readdirSync(places.VERSIONS)).toEqual([]);
    expect(readdirSync(join(places.LEGO, "certificates"))).toEqual([]);
    expect(status()).toEqual({});
    expect(generation()).not.toBe(before);
  });

  test("what was cut short, or broken by hand, is made anew", async () => {
    await acme.want(ca, "blog", wants(HOST));
    mkdirSync(join(places.VERSIONS, HOST, ".new"));
    writeFileSync(join(places.VERSIONS, HOST, ".new", "privkey.pem"), "half");
    writeFileSync(join(places.VERSIONS, HOST, "1", "fullchain.pem"), "");
    lego("exit 1");
    await keep();
    expect(readlinkSync(join(places.LIVE, HOST))).toBe(`../versions/${HOST}/2`);
    expect(live(HOST)).toContain("BEGIN CERTIFICATE");
  });

  test("two that are told at once both are known", async () => {
    await Promise.all(["a", "b", "c"].map((owner) => acme.want(ca, owner, wants(`${owner}.example.com`, "_.example.com"))));
    expect(status()["_.example.com"]!.owners).toEqual(["a", "b", "c"]);
    expect(Object.keys(status())).toHaveLength(4);
  });
});
