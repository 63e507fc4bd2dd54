// What a pack of policies said of a preview. `pulumi preview --json` leaves it out and only fails ("preview failed"); the log of the engine's
// events has it, the one that the Automation API reads (pkg/backend/display/json.go and events.go of Pulumi 3.259.0; seen).
import { z } from "zod";
import type { Ran } from "../run.ts";
import type { Plan } from "./model.ts";

export type PolicyResults = NonNullable<Plan["policies"]>;

/** The flag of the log is one that the CLI shows to tools only. */
export const EVENT_LOG = { flag: "--event-log", env: { PULUMI_DEBUG_COMMANDS: "true" } };

/** The policies of this program (docs/policies.md), for `pulumi preview` and `pulumi up`. */
export const PACK = ["--policy-pack", "policy"];

export const asksPolicies = (pulumiArgs: string[]): boolean => pulumiArgs.some((arg) => arg === "--policy-pack" || arg.startsWith("--policy-pack="));

/**
 * Whether it was the language host that can not run a pack, and not the pack that is wrong: an older host than the CLI, which does not know how to
 * (gRPC's word), or none at all (pkg/resource/plugin/analyzer_plugin.go, pkg/engine/update.go).
 */
export const cannotRunPacks = ({ stdout, stderr }: Ran): boolean =>
  /policy pack [^]{1,200}?failed to start: [^]*?(?:Unimplemented|unknown method RunPlugin)|built-in analyzer\s+plugin that runs policy plugins is missing/.test(`${stdout}\n${stderr}`);

export const NOT_ASKED = `! The policies were not asked: Pulumi's language host on this computer can not run them. The one that comes with Pulumi can
  (https://www.pulumi.com/docs/install/); or leave them out: --no-policies`;

const event = z.object({
  policyEvent: z.object({ resourceUrn: z.string().optional(), message: z.string(), policyName: z.string(), enforcementLevel: z.string() }).optional(),
});

/** @param log one event a line, of which others have the inputs of resources: these are not read */
export function parsePolicyEvents(log: string): PolicyResults {
  const events = log.split("\n").filter((line) => line.includes('"policyEvent"')).map((line) => event.parse(JSON.parse(line)).policyEvent);
  const results = events.filter((each) => each !== undefined).map(({ resourceUrn, message, policyName, enforcementLevel }) => {
    const resource = resourceUrn?.split("::").at(-1);
    // Pulumi's own tags for colours are in it, where it is told to use some.
    return { policy: policyName, level: enforcementLevel, ...(resource ? { resource } : {}), message: message.replaceAll(/<\{%.*?%\}>/g, "").trim() };
  });
  return [...results.filter(isMandatory), ...results.filter((result) => !isMandatory(result))];
}

const isMandatory = ({ level }: PolicyResults[number]): boolean => level === "mandatory";
