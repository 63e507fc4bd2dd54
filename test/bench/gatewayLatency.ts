// What nginx and Envoy add to a request at 200 requests a second, in turns with the service itself, in one run.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { docker, type ProjectOutputs, type TestStack } from "../e2e/lib/testStack.ts";
import type { Figure } from "./table.ts";

const PER_SECOND = 200;
const SECONDS = 10;

interface Target {
  port: number;
  host: string;
  path: string;
  headers: Record<string, string>;
}

/** Milliseconds of one request, to the end of its body. @throws Error for any answer but 200 */
function measure({ host, port, path, headers }: Target, agent: http.Agent): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get({ host, port, path, headers, agent }, (response) => {
        response.resume().once("end", () => (response.statusCode === 200 ? resolve(performance.now() - began) : reject(new Error(`status ${response.statusCode}`))));
      })
      .once("error", reject);
  });
}

/** Whether or not answers come: a client that waits would hide what is slow. */
async function atFixedRate(target: Target): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true });
  const answers: Promise<number>[] = [];
  const began = performance.now();
  while (answers.length < PER_SECOND * SECONDS) {
    const due = Math.min(PER_SECOND * SECONDS, Math.floor(((performance.now() - began) / 1000) * PER_SECOND) + 1);
    while (answers.length < due) answers.push(measure(target, agent));
    await sleep(1);
  }
  const samples = await Promise.all(answers);
  agent.destroy();
  return samples;
}

/** The sample that so large a part of them does not exceed. */
export function percentile(samples: number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
  if (found === undefined) throw new RangeError("nothing was measured");
  return found;
}

/** A container's own: at the published port on loopback Docker's proxy copies each byte, on the way of no client from outside. */
async function addressOf(labels: Record<string, string>): Promise<string> {
  const filters = Object.entries(labels).flatMap(([name, value]) => ["--filter", `label=indie-ventures.${name}=${value}`]);
  const id = await docker("ps", "--quiet", ...filters);
  return docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", id);
}

export async function gatewayLatency(stack: TestStack, name: string, { url, anonKey }: ProjectOutputs, rounds: number): Promise<Figure[]> {
  const auth = await addressOf({ stack: stack.name, project: name, service: "auth" });
  const edge = await addressOf({ stack: stack.name, service: "edge" });
  const direct: Target = { host: auth, port: 9999, path: "/settings", headers: {} };
  const through: Target = { host: edge, port: 80, path: "/auth/v1/settings", headers: { host: new URL(url).host, apikey: anonKey } };
  for (const target of [direct, through]) await atFixedRate(target);
  const [floors, sums, added] = [[] as number[], [] as number[], [] as number[]];
  for (let round = 0; round < rounds; round++) {
    const [floor, sum] = [percentile(await atFixedRate(direct), 0.99), percentile(await atFixedRate(through), 0.99)];
    floors.push(floor);
    sums.push(sum);
    added.push(sum - floor);
  }
  const how = `${PER_SECOND} requests/s for ${SECONDS} s, open loop, \`/auth/v1/settings\``;
  return [
    { name: "p99 of auth itself", aim: "floor", unit: "ms", samples: floors, how },
    { name: "p99 through nginx and Envoy", unit: "ms", samples: sums, how: "the same, in turns" },
    { name: "what nginx and Envoy add to p99", aim: 2, unit: "ms", samples: added, how: "the difference of each turn" },
  ];
}
