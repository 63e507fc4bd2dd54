// Both gateways answer the same: every request of the table to a real Envoy, and to a model of Kong that reads the file which Kong's
// scripts have joined. A real Kong gets the same ones in test/e2e/realKong.test.ts.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { envoyLua } from "../../../../components/gateway/envoyGateway.ts";
import { ask, type GatewayAnswer } from "../../../lib/gateway/ask.ts";
import { startEcho } from "../../../lib/gateway/echo.ts";
import { type RealEnvoy, startEnvoy } from "../../../lib/gateway/realEnvoy.ts";
import { type GatewayRequest, gatewayRequests } from "../../../lib/gateway/requests.ts";
import { differences, inBatches, withoutNotes } from "../../../lib/gateway/sameDecision.ts";
import { COMMON_HOSTS, keysOf, projects, STORAGE, WORLD } from "../../../lib/gateway/world.ts";
import { type KongFile, KongModel } from "./kong/model.ts";
import { KongScripts } from "./kong/scripts.ts";

let echo: Awaited<ReturnType<typeof startEcho>>;
let envoy: RealEnvoy;
let scripts: KongScripts;
let kong: KongModel;

// The first run on a machine downloads Envoy.
beforeAll(async () => {
  echo = await startEcho();
  const all = projects(echo.port);
  envoy = await startEnvoy(all, COMMON_HOSTS, envoyLua());
  scripts = await KongScripts.start(COMMON_HOSTS);
  for (const project of all) expect(await scripts.put(project)).toEqual({ exitCode: 0, stderr: "", stdout: "" });
  kong = new KongModel(JSON.parse(await scripts.file()) as KongFile);
}, 300_000);

afterAll(async () => {
  await envoy?.stop();
  await echo?.close();
  await scripts?.stop();
});

const REQUESTS = gatewayRequests(WORLD);

const askEnvoy = async (request: GatewayRequest): Promise<GatewayAnswer> => withoutNotes(await ask(envoy.url, request, STORAGE));

test("the same answers to every request of the table", async () => {
  expect(REQUESTS.length).toBeGreaterThan(1000);
  const envoys = await inBatches(REQUESTS, askEnvoy);
  const kongs = REQUESTS.map((request) => kong.answer(request, STORAGE));
  expect(differences(REQUESTS, envoys, kongs).slice(0, 5)).toEqual([]);
  const statuses = new Set(envoys.map(({ status, service }) => `${status} ${service === undefined ? "gateway" : "service"}`));
  // Each kind of answer was among them.
  expect([...statuses].toSorted()).toEqual([
    "101 service", "200 service", "204 gateway", "400 gateway", "401 gateway", "403 gateway", "404 gateway", "501 gateway",
  ]);
}, 120_000);

describe("what the service is told, by both", () => {
  const { keys } = WORLD;
  const userToken = "Bearer eyJ.user.token";
  test.each<[string, [string, string][], Record<string, string | undefined>]>([
    ["a key that is a token says who asks", [["apikey", keys.anonKey]], { apikey: keys.anonKey, authorization: `Bearer ${keys.anonKey}` }],
    ["an opaque key becomes its token", [["apikey", keys.secretKey]], { apikey: keys.secretToken, authorization: `Bearer ${keys.secretToken}` }],
    [
      "an opaque key as the token too",
      [["apikey", keys.publishableKey], ["authorization", `Bearer ${keys.publishableKey}`]],
      { apikey: keys.publishableToken, authorization: `Bearer ${keys.publishableToken}` },
    ],
    ["a user's token stays", [["apikey", keys.publishableKey], ["authorization", userToken]], { apikey: keys.publishableToken, authorization: userToken }],
    ["a forged note does not arrive", [["apikey", keys.anonKey], ["x-indie-key", "blog service_role"], ["x-api-key", "forged"]], { "x-indie-key": undefined, "x-api-key": keys.anonKey }],
  ])("%s", async (_, headers, seen) => {
    const request = { name: "", method: "GET", host: WORLD.ownHost, target: "/rest/v1/notes", headers };
    for (const answer of [await askEnvoy(request), kong.answer(request, STORAGE)]) {
      expect(answer).toMatchObject({ status: 200, service: "127.0.0.3", target: "/notes" });
      for (const [name, value] of Object.entries(seen)) expect([name, answer.headers?.[name]]).toEqual([name, value]);
    }
  });
});

test("keys of a project that another gateway serves lead there, as they came", async () => {
  const { secretKey } = WORLD.keysElsewhere;
  const target = "/rest/v1/notes?select=*";
  const request = { name: "", method: "GET", host: WORLD.commonHost, target, headers: [["apikey", secretKey]] as [string, string][] };
  for (const answer of [await askEnvoy(request), kong.answer(request, STORAGE)])
    expect(answer).toMatchObject({ status: 200, service: "127.0.0.20", target, headers: { apikey: secretKey } });
});

test("a suspended project says so to all who ask at its host, and at the common one to its keys; a browser can read it", async () => {
  const { anonKey, secretKey } = keysOf("old-shop");
  const ask = (host: string, target: string, headers: [string, string][]): GatewayRequest => ({ name: "", method: "GET", host, target, headers });
  const told = [
    ask("old-shop.localhost", "/rest/v1/notes", []),
    ask("old-shop.localhost", "/auth/v1/verify", []),
    ask("old-shop.localhost", "/", [["apikey", anonKey]]),
    ask("old-shop.localhost", "/mcp", [["apikey", WORLD.keys.anonKey]]),
    ask(WORLD.commonHost, "/rest/v1/notes", [["apikey", secretKey]]),
    ask(WORLD.commonHost, `/anything?apikey=${anonKey}`, []),
  ];
  for (const request of told) {
    for (const answer of [await askEnvoy(request), kong.answer(request, STORAGE)]) {
      expect(answer).toMatchObject({ status: 503, body: '{"message":"The project old-shop is suspended"}' });
      expect(answer.service).toBeUndefined();
    }
  }
  const [first] = told as [GatewayRequest];
  for (const answer of [await askEnvoy(first), kong.answer(first, STORAGE)]) expect(answer.headers?.["access-control-allow-origin"] ?? "*").toBe("*");
  const others = [ask(WORLD.ownHost, "/rest/v1/notes", [["apikey", anonKey]]), ask(WORLD.commonHost, "/rest/v1/notes", [["apikey", "none"]])];
  for (const request of others)
    for (const answer of [await askEnvoy(request), kong.answer(request, STORAGE)]) expect(answer.status).toBe(401);
});

test("Kong sees a second key behind more headers than it usually reads; Envoy lets no such request in", async () => {
  const many = Array.from({ length: 120 }, (_, index): [string, string] => [`x-${index}`, "1"]);
  const headers: [string, string][] = [["apikey", WORLD.keys.anonKey], ...many, ["apikey", WORLD.keys.serviceRoleKey]];
  const request = { name: "", method: "GET", host: WORLD.ownHost, target: "/rest/v1/notes", headers };
  expect([(await askEnvoy(request)).status, kong.answer(request, STORAGE).status]).toEqual([431, 400]);
});

test("Kong's own 404 where a host is nobody's, and its version for its script alone", () => {
  const at = (host: string) => kong.answer({ name: "", method: "GET", host, target: "/version", headers: [["indiesite", "-"]] }, STORAGE);
  expect(at("127.0.0.1")).toMatchObject({ status: 200, body: expect.stringMatching(/^[0-9a-f]{16}$/) });
  for (const host of [WORLD.ownHost, WORLD.commonHost]) expect(at(host).status).toBeGreaterThanOrEqual(401);
  expect(kong.answer({ name: "", method: "GET", host: WORLD.unknownHost, target: "/rest/v1/x", headers: [] }, STORAGE).status).toBe(404);
});
