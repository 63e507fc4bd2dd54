// What Realtime and Storage say of their tenants, asked as the program asks them: over the admin APIs, from inside their containers.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { Stop } from "../../report.ts";
import type { Run } from "../../run.ts";
import { answered } from "./ask.ts";
import type { WantedTenant } from "./should.ts";
import { readStatuses, renderQuestions, type TenantsIs } from "./tenants.ts";

const secondsFor = (tenants: unknown[]): number => 30 + 20 * tenants.length;

/** @param tenants all of one container */
export async function lookAtRealtime(run: Run, container: string, tenants: WantedTenant[]): Promise<TenantsIs> {
  const ran = await run("docker", ["exec", "--interactive", container, "curl", "--config", "-"], { stdin: `${renderQuestions(tenants)}\n`, timeoutSeconds: secondsFor(tenants) });
  const statuses = readStatuses(ran.stdout);
  // curl ends with an error where the last one got no answer, and has written 000 then.
  if (statuses.length !== tenants.length) throw new Stop("it does not answer");
  return Object.fromEntries(tenants.map(({ urn }, index) => [urn, { status: statuses[index]! }]));
}

const Answers = z.array(z.object({ status: z.number(), isMigrated: z.boolean().optional() }));

export async function lookAtStorage(run: Run, container: string, tenants: WantedTenant[]): Promise<TenantsIs> {
  const script = readFileSync(new URL("storageTenants.mjs", import.meta.url), "utf8");
  const questions = tenants.map(({ stdin }) => JSON.parse(stdin) as Record<string, unknown>).map(({ project, adminPort, apiKey }) => ({ project, adminPort, apiKey }));
  const ran = await run("docker", ["exec", "--interactive", container, "node", "--input-type=module", "--eval", script], { stdin: JSON.stringify(questions), timeoutSeconds: secondsFor(tenants) });
  const answers = Answers.parse(JSON.parse(answered(ran)));
  return Object.fromEntries(tenants.map(({ urn }, index) => [urn, answers[index]!]));
}
