// What --json prints, command by command. Published as schema/indie-<command>.schema.json, for those whose programs read it.
import { z } from "zod";
import { KINDS } from "../../images/backup/manifest.ts";
import { ARCHITECTURES, STATES } from "../../spec/project.ts";

const name = z.string().describe("The project's name.");
const url = z.url().describe("The project's address, without a slash at the end.");
const architecture = z.enum(ARCHITECTURES).describe("shared: one set of services for all such projects. isolated: services of its own.");
const state = z.enum(STATES).describe("present: it runs. suspended: its services do not run. removed: it is taken away.");
const domains = z.array(z.string()).describe("Hosts that lead to it, besides its own.");
const stack = z.string().describe("The Pulumi stack, which is the server.");
const megabytes = (what: string) => z.int().describe(`MB. ${what}`);

const memory = z.strictObject({
  added: megabytes("What the change takes more."),
  needed: megabytes("What all projects of the server may take then."),
  available: megabytes("What the server has; null where Docker did not answer, so that nothing was checked.").nullable(),
});

const change = z.strictObject({
  file: z.string().describe("The file that was edited, as the stack's config names it."),
  project: name,
  changed: z.boolean().describe("Whether the file is another one now. false: it said so already."),
  architecture: architecture.optional(),
  state: state.optional(),
  domains: domains.optional(),
  memory: memory
    .optional()
    .describe("There where the change takes memory of this server."),
});

const list = z.strictObject({
  stack,
  isUp: z.boolean().describe("Whether the stack was ever brought up, so that there is something to compare with."),
  projects: z
    .array(
      z.strictObject({
        name,
        url,
        architecture,
        state,
        domains,
        pending: z
          .enum(["nothing", "new", "changed", "gone"])
          .describe(
            "What the next `indie up` has to do. gone: the server has it, the file does not. changed: another architecture, state or domains.",
          ),
      }),
    )
    .describe("Those of the file in its order, as it has them; then those that only the server has."),
});

const urls = z.strictObject({
  stack,
  projects: z.array(z.strictObject({ name, url, domains, studioUrl: z.url().optional().describe("There while a Studio runs for it.") })),
});

const secret = (what: string) => z.string().describe(`Secret. ${what}`);

const KEYS = {
  publishableKey: z.string().describe("For apps and browsers; row level security decides what it may."),
  secretKey: secret("For your own servers; passes row level security."),
  anonKey: z.string().describe("The legacy kind of publishableKey."),
  serviceRoleKey: secret("The legacy kind of secretKey."),
  jwtSecret: secret("What the legacy keys are signed with."),
  dbUrl: secret("psql, migrations: the owner of the project's database, from the server itself."),
};

const allKeys = z.strictObject({
  stack,
  name,
  url,
  ...KEYS,
  studio: z
    .strictObject({ url: z.url(), user: z.string(), password: secret("Of the site; Studio has no login of its own.") })
    .optional()
    .describe("There while a Studio runs for it."),
});

const keys = z
  .union([allKeys, ...Object.entries(KEYS).map(([key, value]) => z.strictObject({ stack, name, url, [key]: value }))])
  .describe("All keys of a project. Where one was asked for by its name, that one and no other.");

const link = z.strictObject({
  stack,
  project: name,
  file: z.string().describe("The file of variables, with its whole path."),
  changed: z.boolean().describe("Whether the file is another one now. false: it said so already."),
  variables: z.array(z.string()).describe("Names of what the file has of the project. No value is printed."),
});

const studio = z.strictObject({
  stack,
  project: name,
  on: z.boolean().describe("Whether its Studio is to run."),
  changed: z.boolean().describe("Whether the stack's setting `studio` is another one now. false: it says so already, or it runs always."),
  pending: z.boolean().describe("Whether it is so only after the next `indie up`."),
  url: z.url().optional().describe("Where it is, or will be. There where it is to run."),
  memory: memory.optional().describe("There where the setting was changed."),
});

const service = z.strictObject({
  service: z.string().describe("auth, rest, postgres …"),
  container: z.string().describe("The name of its container."),
  state: z.string().describe("Docker's word: running, exited, restarting …"),
  health: z.enum(["healthy", "unhealthy", "starting"]).nullable().describe("What its health check says; null where it has none."),
  memory: z.strictObject({
    used: megabytes("What it takes now; null where that is not known.").nullable(),
    limit: megabytes("What it may take; null where it has no limit.").nullable(),
  }),
});
const services = z.array(service);

const status = z.strictObject({
  stack,
  healthy: z.boolean().describe("Whether there are no faults. The exit code is 1 otherwise."),
  faults: z.array(z.string()).describe("What does not run, is not healthy, failed, or could not be asked; in words."),
  projects: z.array(
    z.strictObject({
      name,
      url,
      architecture,
      state,
      services: services.describe("Those that are its own."),
      connections: z
        .strictObject({ used: z.int(), limit: z.int() })
        .nullable()
        .describe("Connections to its database, and how many there may be; null where that is not known."),
      databaseSize: megabytes("Of its database; null where that is not known.").nullable(),
      lastProvenBackup: z.string().nullable().describe("ISO 8601: when the newest backup was made that was restored and compared; null where there is none, or it is not known."),
      provenBackups: z.number().nullable().describe("How many such backups there are; null where that is not known."),
    }),
  ),
  server: z.strictObject({
    services: services.describe("Those that several projects use together."),
    memory: z.strictObject({
      used: megabytes("What all containers take now; null where that is not known.").nullable(),
      available: megabytes("What the server has; null where that is not known.").nullable(),
    }),
    freeDisk: megabytes("On the disk of Docker; null where that is another computer's.").nullable(),
  }),
  outgrown: z
    .array(
      z.strictObject({
        rule: z.enum(["connections", "memory", "plane", "disk", "server"]).describe("docs/sizing.md has them."),
        project: z.string().nullable().describe("Whose limit it is, or who had best move; null where no project is meant."),
        text: z.string().describe("What was measured, and what helps."),
      }),
    )
    .describe("What measured use comes close to."),
});

const backups = z.strictObject({
  stack,
  backups: z
    .array(
      z.strictObject({
        project: name,
        id: z.string().describe("What --backup takes: when it was begun, in UTC."),
        stack: z.string().describe("The Pulumi stack that made it: several may have one repository."),
        kind: z.enum(KINDS).describe("Why it was made. safety: before a restore. final: of a project that was taken away."),
        begun: z.string().describe("ISO 8601."),
        proven: z.string().nullable().describe("ISO 8601: when it was restored and compared last, and nothing differed; null where it does not count."),
        fault: z.string().nullable().describe("Why it does not count; null where it does."),
        dumpBytes: z.int().describe("Of the dump of its database."),
        objects: z.int().describe("Files of Storage."),
      }),
    )
    .describe("Of each project the newest first."),
});

export type BackupsJson = z.infer<typeof backups>;
const finding = z.strictObject({
  rule: z
    .enum(["container", "network", "port", "volume", "file", "role", "database", "grant", "tenant", "stray", "update", "unanswered"])
    .describe("What kind it is. stray: something of this stack's that no update knows. update: one is under way, or was interrupted. unanswered: it could not be looked at."),
  project: z.string().nullable().describe("Whose it is; null where several projects use it."),
  service: z.string().describe("auth, rest, postgres, edge …"),
  what: z.string().describe("What is not as it should be."),
  why: z.string().describe("Why it matters."),
  fix: z.string().describe("What --fix does; beginning with `by hand:`, what a person does."),
  byHand: z.boolean().describe("Whether --fix leaves it to a person."),
  failure: z.string().optional().describe("Why --fix did not put it right."),
});

const doctor = z.strictObject({
  stack,
  healthy: z.boolean().describe("Whether nothing is left. The exit code is 1 otherwise."),
  findings: z.array(finding).describe("What is not as the last update left it; after --fix, what is left of that."),
  fixed: z.array(finding).describe("What --fix has put right. Without it there is none."),
});

export type DoctorJson = z.infer<typeof doctor>;
export type StatusJson = z.infer<typeof status>;
export type ChangeJson = z.infer<typeof change>;
export type ListJson = z.infer<typeof list>;
export type UrlJson = z.infer<typeof urls>;
export type KeysJson = z.infer<typeof keys>;
export type LinkJson = z.infer<typeof link>;
export type StudioJson = z.infer<typeof studio>;

/** By the name of the file in schema/. */
export const OUTPUTS = { change, list, url: urls, keys, link, studio, status, backups, doctor };

/** Which commands print which of them. */
export const PRINTED_BY: Record<keyof typeof OUTPUTS, string[]> = {
  change: ["add", "remove", "suspend", "resume"],
  list: ["list"],
  url: ["url"],
  keys: ["keys"],
  link: ["link"],
  studio: ["studio"],
  status: ["status"],
  backups: ["backups"],
  doctor: ["doctor"],
};

export function renderOutputSchema(output: keyof typeof OUTPUTS): string {
  const title = `What \`indie ${PRINTED_BY[output].join("\`, \`indie ")}\` with --json prints`;
  return `${JSON.stringify({ title, ...z.toJSONSchema(OUTPUTS[output], { target: "draft-7" }) }, undefined, 2)}\n`;
}
