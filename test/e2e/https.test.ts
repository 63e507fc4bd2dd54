// HTTPS by a CA that answers as Let's Encrypt does (Pebble), from a CA that is down to renewals under load (facts/ops.md §1.6).
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { execa } from "execa";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../lib/freePort.ts";
import { pebblePrograms } from "../lab/pebble/fetch.ts";
import { type Pebble, startPebble } from "../lab/pebble/start.ts";
import { eventually } from "./lib/eventually.ts";
import { askHttps, fetchWith } from "./lib/https.ts";
import { Load } from "./lib/load.ts";
import { docker, type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const BROKEN = "broken.example.test";
const OWN = ["a", "b", "c", "d", "e", "f", "g"].map((name) => `${name}.example.test`);
const PROJECTS = `projects:
  - name: blog
    architecture: shared
    domains: [${OWN.join(", ")}]
  - name: docs
    architecture: shared
    domains: [${BROKEN}]
`;
const GOOD = ["blog.projects.test", "docs.projects.test", "api.projects.test", ...OWN];
/** Seconds that a certificate of this CA is good: it is renewed when a third of them is left. */
const VALIDITY = 120;

let stack: TestStack;
let folder: string;
let pebble: Pebble;
let httpsPort: number;
let outputs: Record<string, ProjectOutputs & { certificates?: Record<string, { issuer: string; validUntil: string; lastError?: { text: string } }> }>;

const acme = (...words: string[]) => execa("docker", ["exec", `iv-${stack.name}-acme`, "node", "main.ts", ...words], { all: true, reject: false });
const url = (host: string, path = "/") => `https://${host}:${httpsPort}${path}`;
async function issuerOf(host: string): Promise<string> {
  const { O, CN } = (await askHttps(url(host))).certificate.issuer;
  return String(O ?? CN);
}
const roots = () => readFile(pebble.issuingRoots, "utf8");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "indie-ventures-https-"));
  stack = await TestStack.create(PROJECTS, { domain: "projects.test", bind: "127.0.0.1", httpsPort: String((httpsPort = await freePort())) });
  const gateway = (await docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")).trim();
  pebble = await startPebble({ programs: await pebblePrograms(), folder: join(folder, "pebble"), address: gateway, httpPort: stack.httpPort, validity: VALIDITY });
  for (const host of GOOD) await pebble.dns.setAddresses(host, ["127.0.0.1"]);
  await pebble.dns.setServfail(BROKEN);
  const tls = { issuer: "letsencrypt", email: "ann@example.com", server: pebble.directory, serverRoots: pebble.serverRoots };
  await stack.pulumi(["config", "set-all", "--path", ...Object.entries(tls).flatMap(([key, value]) => ["--plaintext", `indie-ventures:tls.${key}=${value}`])]);
});

afterAll(async () => {
  await stack?.remove();
  await pebble?.end();
  if (folder) await rm(folder, { recursive: true });
});

test("while the CA is down an update is green, and every host answers with a certificate of ours", async () => {
  await pebble.endCa();
  await stack.up();
  outputs = await stack.outputs();
  expect(outputs.blog!.url).toBe(url("blog.projects.test", ""));
  for (const host of [...GOOD, BROKEN]) {
    const { status, certificate, headers } = await askHttps(url(host, "/auth/v1/health"), { headers: { apikey: outputs.blog!.anonKey } });
    expect([host, certificate.subject.O, headers["strict-transport-security"]]).toEqual([host, "placeholder", "max-age=31536000"]);
    expect([host, status]).toEqual([host, host === "docs.projects.test" || host === BROKEN ? 401 : 200]);
  }
});

test("who comes by HTTP is sent on, and a POST stays one; who asks for a host that is nobody's gets no certificate", async () => {
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
    http.request({ host: "127.0.0.1", port: stack.httpPort, method: "POST", path: "/auth/v1/token?grant_type=password", headers: { host: "blog.projects.test" }, agent: false }, resolve).once("error", reject).end("{}"),
  );
  answer.resume();
  expect([answer.statusCode, answer.headers.location]).toEqual([308, url("blog.projects.test", "/auth/v1/token?grant_type=password")]);
  await expect(askHttps(url("nobody.projects.test"))).rejects.toThrow(/unrecognized name|handshake/i);
});

test("with the CA there each host has its certificate, but one that has no address; and the outputs say both", async () => {
  await pebble.startCa();
  const { exitCode, all } = await acme("now");
  expect({ exitCode, all }).toEqual({ exitCode: 1, all: expect.stringContaining(`1 of ${GOOD.length + 1} failed: ${BROKEN}`) });
  const trusted = await roots();
  await eventually(async () => Promise.all(GOOD.map(async (host) => (await askHttps(url(host), { roots: trusted })).certificate.subjectaltname)), GOOD.map((host) => `DNS:${host}`));
  expect(await issuerOf(BROKEN)).toMatch(/placeholder/);
  await stack.up();
  outputs = await stack.outputs();
  const { certificates } = outputs.docs!;
  expect(certificates).toEqual({
    "docs.projects.test": { issuer: expect.stringContaining("Pebble"), validUntil: expect.stringMatching(/^\d{4}-/) },
    [BROKEN]: { issuer: "placeholder", validUntil: expect.any(String), lastError: { at: expect.any(String), text: expect.stringMatching(/DNS|address/i), next: expect.any(String) } },
  });
});

test("supabase-js signs in and is sent back to https; a resumable upload goes on by https", async () => {
  const { blog } = outputs;
  const believing = { auth: { persistSession: false, autoRefreshToken: false }, global: { fetch: fetchWith(await freshRoots()) } };
  const [client, admin] = [blog!.anonKey, blog!.serviceRoleKey].map((key) => createClient(blog!.url, key, believing)) as [SupabaseClient, SupabaseClient];
  const user = { email: "ann@example.com", password: "a good password" };
  expect((await admin.auth.admin.createUser({ ...user, email_confirm: true })).error).toBeNull();
  const { data, error } = await client.auth.signInWithPassword(user);
  expect([error, data.user?.email]).toEqual([null, user.email]);
  const { data: oauth } = await client.auth.signInWithOAuth({ provider: "github", options: { skipBrowserRedirect: true } });
  expect(oauth.url).toMatch(new RegExp(`^${url("blog.projects.test", "/auth/v1/authorize")}`));
  const metadata = ["bucketName uploads", "objectName a.txt"].map((pair) => pair.split(" ") as [string, string]).map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`).join(",");
  expect((await admin.storage.createBucket("uploads")).error).toBeNull();
  const begun = await askHttps(url("blog.projects.test", "/storage/v1/upload/resumable"), { method: "POST", headers: { authorization: `Bearer ${blog!.serviceRoleKey}`, apikey: blog!.serviceRoleKey, "tus-resumable": "1.0.0", "upload-length": "3", "upload-metadata": metadata } });
  expect([begun.status, String(begun.headers.location)]).toEqual([201, expect.stringContaining(url("blog.projects.test", "/storage/v1/upload/resumable/"))]);
});

/** A certificate of this CA is good for some seconds: what was renewed just now. */
async function freshRoots(): Promise<string> {
  await acme("now");
  return roots();
}

test("twenty renewals under load lose no request", async () => {
  const load = new Load(GOOD.map((host) => ({ url: url(host, "/auth/v1/health"), method: "GET", status: 200, headers: { apikey: outputs[host === "docs.projects.test" ? "docs" : "blog"]!.anonKey } })));
  const before = await serials();
  let renewed = 0;
  for (let round = 0; round < 2; round++) {
    // Until a third of its time is left, and a twentieth more or less.
    await sleep(VALIDITY * 1000 * 0.67);
    await acme("now");
    const now = await serials();
    renewed += GOOD.filter((host) => now[host] !== before[host]).length;
    Object.assign(before, now);
  }
  const { requests, failures } = await load.stop();
  expect(renewed).toBe(2 * GOOD.length);
  expect(requests).toBeGreaterThan(1_000);
  expect(failures).toEqual([]);
});

/** As nginx has them: it reads new ones within some seconds. */
async function serials(): Promise<Record<string, string>> {
  await sleep(3_000);
  return Object.fromEntries(await Promise.all(GOOD.map(async (host) => [host, (await askHttps(url(host))).certificate.serialNumber])));
}

test("a certificate that nginx can not read is not taken up, and the one before goes on", async () => {
  const before = (await askHttps(url("docs.projects.test"))).certificate.serialNumber;
  const inAcme = (script: string) => docker("exec", `iv-${stack.name}-acme`, "sh", "-c", script);
  await inAcme("cd /certificates/live/docs.projects.test && cp fullchain.pem /tmp/good && echo broken > fullchain.pem && echo another > /certificates/generation");
  const said = async () => String((await execa("docker", ["logs", `iv-${stack.name}-edge`], { all: true })).all).includes("nginx refuses the certificates");
  await eventually(said, true);
  expect((await askHttps(url("docs.projects.test"))).certificate.serialNumber).toBe(before);
  await inAcme("cat /tmp/good > /certificates/live/docs.projects.test/fullchain.pem");
});

test("without HTTPS again all is as before it", async () => {
  await stack.pulumi(["config", "set", "--path", "indie-ventures:tls.issuer", "off"]);
  await stack.up();
  outputs = await stack.outputs();
  expect(outputs.blog!.url).toBe(`http://blog.projects.test:${stack.httpPort}`);
  const status = await new Promise<number>((resolve, reject) =>
    http.get({ host: "127.0.0.1", port: stack.httpPort, path: "/auth/v1/health", headers: { host: "blog.projects.test", apikey: outputs.blog!.anonKey }, agent: false }, (answer) => resolve((answer.resume(), answer.statusCode!))).once("error", reject),
  );
  expect(status).toBe(200);
  await expect(askHttps(url("blog.projects.test"))).rejects.toThrow(/ECONNREFUSED/);
  expect((await stack.preview()).map(({ urn }) => urn)).toEqual([]);
});
