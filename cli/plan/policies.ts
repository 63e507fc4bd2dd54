// What a pack of policies said of a preview. `pulumi preview --json` leaves it out and only fails ("preview failed"); the log of the engine's
// events has it, the one that the Automation API reads (pkg/backend/display/json.go and events.go of Pulumi 3.259.0; seen).
import { z } from "zod";
import type { Plan } from "./model.ts";

export type PolicyResults = NonNullable<Plan["policies"]>;

/** The flag of the log is one that the CLI shows to tools only. */
export const EVENT_LOG = { flag: "--event-log", env: { PULUMI_DEBUG_COMMANDS: "true" } };

export const asksPolicies = (pulumiArgs: string[]): boolean => pulumiArgs.some((arg) => arg === "--policy-pack" || arg.startsWith("--policy-pack="));

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
