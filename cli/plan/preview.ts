// `pulumi preview --json --show-sames --show-replacement-steps`, as far as the plan reads it. What is not named here goes no further: the JSON has
// every input that Pulumi was not told to be secret.
import { z } from "zod";

/** Of a value that is not known yet, or secret, the JSON has a text: then it is as if it were not there. */
const known = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const projectOutputs = z.object({
  url: known(z.string()),
  architecture: known(z.enum(["shared", "isolated"])),
  domains: known(z.array(z.string())),
  purgeAfterDays: known(z.number()),
  keep: known(z.object({ daily: z.number(), weekly: z.number(), monthly: z.number() })),
});

const resource = z.object({
  parent: z.string().optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  inputs: known(
    z.object({
      // Of a container: MB, and what it is started with. Secrets of ours are in `envs` and `stdin`, never in these.
      memory: known(z.number()),
      command: known(z.array(z.string())),
      entrypoints: known(z.array(z.string())),
      // Of a database, and of a role.
      connectionLimit: known(z.number()),
      replication: known(z.boolean()),
      // Of what applies migrations: the files that wait, a line each.
      environment: known(z.object({ PENDING: known(z.string()) })),
    }),
  ),
  // Of the stack.
  outputs: known(z.object({ projects: known(z.record(z.string(), projectOutputs)) })),
});

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: resource.optional(),
  newState: resource.optional(),
  diffReasons: z.array(z.string()).nullish(),
  replaceReasons: z.array(z.string()).nullish(),
  /** By path; what of the value differs is not read. */
  detailedDiff: z.record(z.string(), z.object({})).nullish(),
});

const diagnostic = z.object({ message: z.string(), severity: z.string() });

const preview = z.object({
  /** The stack's settings; secrets are blinded. */
  config: z.record(z.string(), z.string()).default({}),
  steps: z.array(step).default([]),
  diagnostics: z.array(diagnostic).default([]),
});

export type Preview = z.infer<typeof preview>;
export type Step = Preview["steps"][number];
export type ResourceState = z.infer<typeof resource>;

/** @throws Error where it is no preview's JSON; none of the text is in its message */
export function parsePreview(text: string): Preview {
  try {
    return preview.parse(JSON.parse(text));
  } catch (error) {
    const places = error instanceof z.ZodError ? error.issues.map(({ path }) => path.join(".")).join(", ") : "not JSON";
    throw new Error(`\`pulumi preview --json\` said something else than expected (${places})`);
  }
}
