// What may be written in projects.yaml. All is optional here but a project's name: `defaults` may hold the rest, and
// whether something is missing shows when the two are joined (validate.ts). A field is here only if the feature behind it is.
import { isIP } from "node:net";
import { Cron } from "croner";
import { z } from "zod";
import { DEFAULT_CONNECTIONS, DEFAULT_MEMORY, LEAST_MEMORY, leastConnections } from "./capacity.ts";
import { quote } from "./error.ts";
import { parseDomain, parseHost } from "./hosts.ts";
import { migrationsMistake } from "./migrations.ts";
import { NAME_PATTERN, NAME_RULE, nameMistake } from "./names.ts";
import { ARCHITECTURES, PROJECT_SERVICES, type ProjectService, STATES } from "./project.ts";
import { REALTIME, STUDIO } from "./services.ts";

/** What a field is when neither the project nor `defaults` says. */
export const DEFAULTS = {
  state: "present",
  purgeAfterDays: 14,
  generation: 1,
  connections: DEFAULT_CONNECTIONS,
  smtpPort: 587,
  memory: DEFAULT_MEMORY,
  backups: { schedule: "0 3 * * *", keep: { daily: 7, weekly: 4, monthly: 6 } },
} as const;

/**
 * Login providers of GoTrue that a client ID and a secret are enough for (supabase/auth internal/conf/configuration.go
 * @bc32168e). Not `keycloak`: it needs a URL too.
 */
export const PROVIDERS = [
  ...["apple", "azure", "bitbucket", "discord", "facebook", "figma", "fly", "github", "gitlab", "google", "kakao", "linkedin"],
  ...["linkedin_oidc", "notion", "slack", "slack_oidc", "snapchat", "spotify", "twitch", "twitter", "vercel_marketplace", "workos"],
  ...["x", "zoom"],
];

/** A string with a check of ours, whose words are the report's words. */
const text = (mistake: (value: string) => string | undefined) =>
  z.string().refine((value) => mistake(value) === undefined, { error: ({ input }) => mistake(input as string) });

function lineMistake(value: string): string | undefined {
  if (value.trim() === "") return "is empty → write a value, or leave the field out";
  // A line break would end a mail's header.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return "has a line break or another control character → write it in one line";
  return undefined;
}

/** A whole number within bounds. */
function integer(what: string, min: number, max: number) {
  const error = `must be ${what} → write a whole number from ${min} to ${max}`;
  return z.int({ error: ({ input }) => (typeof input === "number" ? error : undefined) }).min(min, { error }).max(max, { error });
}

function siteUrlMistake(value: string): string | undefined {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\/[^\s\p{Cc}]+$/iu.test(value) && URL.canParse(value);
  return isUrl ? undefined : "is no URL → write it whole, such as https://docs.example.com";
}

/** GoTrue splits the list at commas, and does not start with a pattern that it can not compile (configuration.go @bc32168e). */
function allowedUrlMistake(value: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:[^\s\p{Cc}]+$/iu.test(value)) return "must begin with a scheme → such as https://docs.example.com/**";
  if (/[,[\]{}\\]/.test(value)) return "has a comma, bracket or backslash, which GoTrue reads as its own → write each URL, with * and ** only";
  return undefined;
}

function mailHostMistake(value: string): string | undefined {
  if (isIP(value) !== 0) return undefined;
  const parsed = parseHost(value);
  return "mistake" in parsed ? parsed.mistake : undefined;
}

const secret = z
  .strictObject({
    fromConfig: text((key) =>
      // No dot: `seeds.<name>` are the projects' seeds (DESIGN §13.2). The key is not shown: it may be a secret in the wrong place.
      /^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(key) ? undefined : "must be a key of the stack's config → letters, digits, - and _",
    ).describe("The key of the stack's config that holds the secret."),
  })
  .meta({ id: "secret", description: "A secret, by its key: `pulumi config set --secret <key>` sets it. Never the secret itself." });

const smtp = z.strictObject({
  host: text(mailHostMistake).optional().describe("The mail server's host name or address."),
  port: integer("a port", 1, 65_535).optional().meta({ description: "The mail server's port.", default: DEFAULTS.smtpPort }),
  user: text(lineMistake).optional().describe("The mail server's login; `password` goes with it."),
  password: secret.optional(),
  adminEmail: text((value) =>
    /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(value) ? undefined : "is no mail address → such as hello@example.com",
  ).optional().describe("The address that mails come from."),
  senderName: text(lineMistake).optional().describe("The name that mails come from."),
});

const provider = z
  .strictObject({
    clientId: text(lineMistake).optional().describe("The client ID that the provider gave."),
    secret: secret.optional(),
  })
  .meta({ id: "provider", description: "What the provider gave for this project." });

const auth = z.strictObject({
  siteUrl: text(siteUrlMistake).optional().describe("Where users land after mails and logins. Default: the project's own address."),
  uriAllowList: z.array(text(allowedUrlMistake)).optional().describe("Where else they may be sent to: URLs with * and **."),
  disableSignup: z.boolean().optional().meta({ description: "Nobody can sign up any more.", default: false }),
  smtp: smtp.optional().describe("The mail server that confirms addresses. Without it sign-up works on localhost only."),
  external: z
    .strictObject(Object.fromEntries(PROVIDERS.map((name) => [name, provider.optional()])))
    .optional()
    .describe("Logins by other providers, by GoTrue's name for them."),
});

/** A group with a field for each service. */
const perService = <Field extends z.ZodType>(field: (service: ProjectService) => Field) =>
  z.strictObject(Object.fromEntries(PROJECT_SERVICES.map((service) => [service, field(service)])) as Record<ProjectService, Field>);

const services = z.strictObject({
  realtime: z
    .enum(REALTIME)
    .optional()
    .meta({ description: "shared: the plane's; in an isolated project its own. dedicated: its own. off: none.", default: "shared" }),
  studio: z
    .enum(STUDIO)
    .optional()
    .describe("on-demand: runs while the stack's setting `studio` names it. Default: on-demand in a shared project, always in an isolated one."),
});

/** Docker's grammar of tags (distribution/reference, regexp.go). */
function tagMistake(value: string): string | undefined {
  if (value === "latest") return "is latest, and would be another version tomorrow → write a version's tag";
  return /^\w[\w.-]{0,127}$/.test(value) ? undefined : "is no tag of an image → letters, digits, _, . and -, 128 at most";
}

const versions = perService((service) => text(tagMistake).optional().describe(`Tag of the image of ${service}.`));

const limits = z.strictObject({
  // The fewest that any project needs; this one's is for validate.ts, where its services are known.
  connections: integer("a number of connections", leastConnections({ realtime: false, studio: false }), 300)
    .optional()
    .meta({ description: "Postgres connections: at most so many for each role and for the database.", default: DEFAULTS.connections }),
  memory: perService((service) =>
    integer("MB", LEAST_MEMORY[service], 65_536).optional().meta({ description: "MB.", default: DEFAULTS.memory[service] }),
  )
    .optional()
    .describe("Memory of each service, MB. A service that takes more is ended and started anew."),
});

function scheduleMistake(value: string): string | undefined {
  if (value === "off") return undefined;
  const how = "→ five words as cron has them, such as \"0 3 * * *\" for every night at 3, or off";
  if (value.trim().split(/\s+/).length !== 5) return `is no schedule ${how}`;
  try {
    return new Cron(value, { timezone: "UTC" }).nextRun() === null ? `never comes ${how}` : undefined;
  } catch {
    return `is no schedule ${how}`;
  }
}

const kept = (of: "daily" | "weekly" | "monthly", words: string) =>
  integer("a number of backups", 0, 1000).optional().meta({ description: words, default: DEFAULTS.backups.keep[of] });

const backups = z.strictObject({
  schedule: text(scheduleMistake)
    .optional()
    .meta({ description: "When a backup is made and proven: minute, hour, day, month, weekday, in UTC. off: only by hand.", default: DEFAULTS.backups.schedule }),
  keep: z
    .strictObject({
      daily: kept("daily", "The last backup of so many days."),
      weekly: kept("weekly", "The last backup of so many weeks."),
      monthly: kept("monthly", "The last backup of so many months."),
    })
    .optional()
    .describe("How many backups are kept. The newest proven one always is."),
});

/** What `defaults` may hold. */
const common = {
  architecture: z
    .enum(ARCHITECTURES)
    .optional()
    .describe("shared: one set of services for all such projects. isolated: services of its own."),
  server: text((value) =>
    /^[A-Za-z0-9_.-]{1,100}$/.test(value) ? undefined : "is no name of a stack → letters, digits, -, _ and .",
  ).optional().describe("The stack (= server) that the project lives on."),
  keys: z
    .strictObject({
      generation: integer("a generation", 1, 1_000_000)
        .optional()
        .meta({ description: "One more makes all keys of the project new, and the old ones void.", default: DEFAULTS.generation }),
    })
    .optional()
    .describe("The project's keys."),
  auth: auth.optional().describe("Settings of auth (GoTrue)."),
  services: services.optional().describe("Which services run for the project."),
  versions: versions.optional().describe("Tags of images of the project's own services, in place of the set's."),
  limits: limits.optional().describe("What the project may use."),
  purgeAfterDays: integer("a number of days", 0, 3650)
    .optional()
    .meta({ description: "Days from the last backup of a removed project until what is left of it is deleted.", default: DEFAULTS.purgeAfterDays }),
  backups: backups.optional().describe("When backups are made, and how many are kept."),
  migrations: text(migrationsMistake)
    .optional()
    .describe("The folder of its migrations, from this file's folder: <timestamp>_<name>.sql, applied in order by the supabase CLI."),
};

const project = z.strictObject({
  name: text(nameMistake).meta({
    description: `Its identity for ever: database, roles and address are made of it. ${NAME_RULE}.`,
    pattern: NAME_PATTERN.source,
  }),
  domains: z
    .array(
      text((value) => {
        const parsed = parseDomain(value);
        return "mistake" in parsed ? `${quote(value)} ${parsed.mistake}` : undefined;
      }),
    )
    .optional()
    .describe("Hosts that lead to it, besides its own. No scheme, port or path."),
  state: z
    .enum(STATES)
    .optional()
    .meta({ description: "suspended: its services do not run, its data, keys and address stay. removed: taken away, after a last backup that is proven.", default: DEFAULTS.state }),
  ...common,
});

/** The whole of projects.yaml. */
export const projectsFile = z.strictObject({
  defaults: z.strictObject(common).optional().describe("What holds for every project that does not say otherwise."),
  projects: z.array(project).describe("The projects."),
});

export type ProjectsFile = z.infer<typeof projectsFile>;

/** The names of the fields that the file may have at a path; none where it has no fields. */
export function fieldsAt(path: readonly PropertyKey[]): string[] {
  let schema: unknown = projectsFile;
  for (const key of path) {
    const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    if (inner instanceof z.ZodArray) schema = inner.element;
    else if (inner instanceof z.ZodObject) schema = inner.shape[String(key)];
  }
  const last = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return last instanceof z.ZodObject ? Object.keys(last.shape) : [];
}
