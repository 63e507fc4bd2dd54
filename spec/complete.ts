import { DEFAULTS, type ProjectsFile } from "./schema.ts";
import type { Project, ProjectAuth, Smtp } from "./project.ts";
import { parseDomain } from "./hosts.ts";

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
export function complete(merged: ProjectsFile["projects"][number]): Project {
  const { name, architecture, domains, keys, auth, limits } = merged;
  return {
    name,
    architecture: architecture as Project["architecture"],
    domains: (domains ?? []).map(asciiDomain),
    services: { realtime: architecture === "isolated" ? "dedicated" : "shared", studio: false }, versions: {},
    keys: { generation: keys?.generation ?? DEFAULTS.generation },
    auth: completeAuth(auth ?? {}),
    limits: {
      connections: limits?.connections ?? DEFAULTS.connections,
      memory: { ...DEFAULTS.memory, realtime: 384, storage: 384, imgproxy: 192, meta: 160, studio: 384, gateway: 128, ...limits?.memory },
    },
  };
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
