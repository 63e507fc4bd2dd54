// What a plan says, as plain data: `--format json`. Its schema for others is schema/plan.schema.json (`npm run schema`).
import { z } from "zod";

export const notice = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("interrupted").describe("for some time something answers with errors, or connections of it end"),
    what: z.string().describe("what is interrupted: Realtime, everything"),
    seconds: z.number().optional().describe("about how long; not there where nobody measured it"),
    why: z.string(),
    projects: z.array(z.string()).optional().describe("of a part of the server: the projects that notice it"),
  }),
  z.object({
    kind: z.literal("data removed"),
    what: z.string(),
    afterDays: z.number().optional().describe("not by this update, but by itself so many days after the last backup of a project that is taken away"),
  }),
  z.object({ kind: z.literal("noticed").describe("lasts until the next change"), what: z.string() }),
]);

const step = z.object({
  op: z.string().describe("Pulumi's word for it"),
  urn: z.string(),
  properties: z.array(z.string()).describe("names of the inputs that differ; never what is in them"),
});

const amount = z.object({ before: z.number(), after: z.number() });

export const WHATS = ["added", "changed", "moved", "suspended", "brought back", "taken away", "removed", "forgotten"] as const;

const block = z.object({
  kind: z.enum(["project", "part"]).describe("part: of the server, which all projects use"),
  name: z.string(),
  what: z.enum(WHATS),
  says: z.string().describe("the same in words, such as: moves from shared to isolated"),
  noticed: z.array(notice).describe("none: nothing is noticed of it"),
  interruptedBy: z.array(z.string()).describe("parts of the server whose interruption this project notices too"),
  memory: amount.optional().describe("MB that the project may take at most"),
  things: z
    .object({ added: z.array(z.string()), replaced: z.array(z.string()), changed: z.array(z.string()), removed: z.array(z.string()) })
    .describe("the block's resources, in words"),
  steps: z.array(step).describe("of the preview; each is in exactly one block"),
});

export const plan = z.object({
  stack: z.string(),
  failed: z.boolean().describe("the preview failed: errors say why, and there is no block"),
  dataRemoved: z.array(z.string()).describe("the blocks' names in which data is removed"),
  blocks: z.array(block),
  untouched: z.array(z.string()).describe("projects without a step of their own"),
  untouchedInterruptedBy: z.array(z.string()).describe("parts of the server whose interruption one of these notices"),
  capacity: z
    .object({
      memory: amount.extend({ has: z.number().optional().describe("what the server has") }).describe("MB"),
      connections: amount.extend({ maxBefore: z.number().optional(), maxAfter: z.number() }).describe("of Postgres, and its max_connections"),
    })
    .optional(),
  policies: z
    .array(z.object({ policy: z.string(), level: z.string().describe("mandatory: it fails the preview"), resource: z.string().optional(), message: z.string() }))
    .optional()
    .describe("what violates a policy; not there where no pack of policies was asked"),
  warnings: z.array(z.string()),
  errors: z.array(z.string()),
});

export type Plan = z.infer<typeof plan>;
export type Block = Plan["blocks"][number];
export type Notice = z.infer<typeof notice>;
export type Things = Block["things"];

/** For editors and programs that read it. */
export const renderPlanSchema = (): string =>
  `${JSON.stringify({ title: "indie plan --format json", ...z.toJSONSchema(plan, { target: "draft-7" }) }, undefined, 2)}\n`;
