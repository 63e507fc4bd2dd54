// Every request of the table to a real Kong and a real Envoy. Where Kong's image is not to be had, a model of Kong takes its place
// (test/unit/components/gateway/decisions.test.ts), and this is skipped.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { envoyLua } from "../../components/gateway/envoyGateway.ts";
import { ask } from "../lib/gateway/ask.ts";
import { startEcho } from "../lib/gateway/echo.ts";
import { type RealEnvoy, startEnvoy } from "../lib/gateway/realEnvoy.ts";
import { startKong } from "../lib/gateway/realKong.ts";
import { gatewayRequests } from "../lib/gateway/requests.ts";
import { differences, inBatches, withoutNotes } from "../lib/gateway/sameDecision.ts";
import { COMMON_HOSTS, projects, STORAGE, WORLD } from "../lib/gateway/world.ts";

const hasUpstream = process.env.LAB_IMAGES === "upstream";
let echo: Awaited<ReturnType<typeof startEcho>>;
let envoy: RealEnvoy;
let kong: Awaited<ReturnType<typeof startKong>>;

beforeAll(async () => {
  if (!hasUpstream) return;
  echo = await startEcho();
  envoy = await startEnvoy(projects(echo.port), COMMON_HOSTS, envoyLua());
  kong = await startKong(projects(echo.port), COMMON_HOSTS);
});

afterAll(async () => {
  await kong?.stop();
  await envoy?.stop();
  await echo?.close();
});

(hasUpstream ? test : test.skip)("a real Kong answers as Envoy does (LAB_IMAGES=upstream)", async () => {
  const requests = gatewayRequests(WORLD);
  const envoys = (await inBatches(requests, (request) => ask(envoy.url, request, STORAGE))).map(withoutNotes);
  const kongs = await inBatches(requests, (request) => ask(kong.url, request, STORAGE));
  expect(differences(requests, envoys, kongs).slice(0, 5)).toEqual([]);
});
