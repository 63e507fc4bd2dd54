import { OWN_GATEWAY_MEMORY } from "./capacity.ts";
import { DEFAULTS, type ProjectsFile } from "./schema.ts";
import { type Project, type ProjectAuth, PROJECT_SERVICES, type Smtp } from "./project.ts";
import { parseDomain } from "./hosts.ts";
import { hasStudio, notOwn, realtimeOf } from "./services.ts";
import type { StackConfig } from "./stackConfig.ts";

type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** The project's fields over the defaults': groups are joined field by field, a list replaces a list. */
export function merge(defaults: unknown, project: unknown): unknown {
  if (project === undefined) return defaults;
  if (!isFields(defaults) || !isFields(project)) return project;
  const keys = new Set([...Object.keys(defaults), ...Object.keys(project)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(own(defaults, key), own(project, key))]));
}

const own = (fields: Fields, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined);

/** A checked and merged project with every default filled in. */
export function complete(merged: ProjectsFile["projects"][number], { studio, gateway }: Pick<StackConfig, "studio" | "gateway">): Project {
  const { name, domains, state = DEFAULTS.state, keys, auth, versions, limits, backups } = merged;
  const architecture = merged.architecture as Project["architecture"];
  const written = { architecture, ...merged.services };
  const versioned = PROJECT_SERVICES.filter((service) => versions?.[service] !== undefined && notOwn(service, written) === undefined);
  return {
    name,
    architecture,
    state,
    purgeAfterDays: merged.purgeAfterDays ?? DEFAULTS.purgeAfterDays,
    domains: (domains ?? []).map(asciiDomain),
    keys: { generation: keys?.generation ?? DEFAULTS.generation },
    auth: completeAuth(auth ?? {}),
    services: { realtime: realtimeOf(written), studio: state === "present" && hasStudio(written, studio.includes(name)) },
    // The plane's services have the set's versions, whatever the defaults say for isolated projects.
    versions: Object.fromEntries(versioned.map((service) => [service, versions?.[service]])),
    backups: completeBackups(backups ?? {}),
    limits: {
      connections: limits?.connections ?? DEFAULTS.connections,
      memory: { ...DEFAULTS.memory, gateway: OWN_GATEWAY_MEMORY[gateway], ...limits?.memory },
    },
  };
}

function completeBackups({ schedule = DEFAULTS.backups.schedule, keep }: NonNullable<ProjectsFile["projects"][number]["backups"]>): Project["backups"] {
  return { ...(schedule === "off" ? {} : { schedule }), keep: { ...DEFAULTS.backups.keep, ...keep } };
}

function completeAuth({ smtp, external, ...auth }: NonNullable<ProjectsFile["projects"][number]["auth"]>): ProjectAuth {
  return {
    ...auth,
    // Checked before: what they need is there (validate.ts).
    ...(smtp === undefined ? {} : { smtp: { ...smtp, port: smtp.port ?? DEFAULTS.smtpPort } as Smtp }),
    ...(external === undefined ? {} : { external: external as ProjectAuth["external"] }),
  };
}

function asciiDomain(domain: string): string {
  const parsed = parseDomain(domain);
  if ("mistake" in parsed) throw new Error(`unchecked domain: ${parsed.mistake}`);
  return parsed.host;
}
