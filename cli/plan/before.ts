// What there is now: read from the state that the preview began with, and from the outputs of the last update.
import { DEFAULT_CONNECTIONS, DEFAULT_MEMORY, type Sized } from "../../spec/capacity.ts";
import { type Project, PROJECT_SERVICES, type ProjectService } from "../../spec/project.ts";
import type { GatewayKind } from "../../spec/stackConfig.ts";
import { stateOf } from "./changes.ts";
import type { Owners } from "./owners.ts";
import type { Preview, ResourceState } from "./preview.ts";
import { parseUrn } from "./urn.ts";

/** A project as it is. */
export interface ProjectBefore extends Sized {
  name: string;
  state: Project["state"];
  /** Hosts besides its own one. */
  domains: string[];
  /** Its address. @default unknown: it was never up */
  url?: string;
  /** What its backups were told. @default unknown: the last update's program did not say it */
  purgeAfterDays?: number;
  keep?: Project["backups"]["keep"];
}

export interface Before {
  projects: ProjectBefore[];
  gateway: GatewayKind;
  /** Whether it gets certificates. */
  hasTls: boolean;
  /** Of Postgres. @default there is no Postgres yet */
  maxConnections?: number;
}

/** Resources of one project, or of the server, by type and name. */
type Resources = Map<string, ResourceState>;

const CONTAINER = "docker:index/container:Container";
const DATABASE = "postgresql:index/database:Database";
const ROLE = "postgresql:index/role:Role";
const COMMAND = "command:local:Command";

export function readBefore(preview: Preview, owners: Owners): Before {
  const all = byOwner(preview, owners);
  const outputs = preview.steps.find(({ urn }) => parseUrn(urn).type === "pulumi:pulumi:Stack");
  const known = (outputs && stateOf(outputs, "oldState")?.outputs?.projects) ?? {};
  const names = preview.steps.flatMap((step) => {
    const { type, name } = parseUrn(step.urn);
    return type.endsWith(":SupabaseProject") && stateOf(step, "oldState") !== undefined ? [name] : [];
  });
  const server = all.get("") ?? new Map();
  const setting = server.get(`${CONTAINER} postgres`)?.inputs?.command?.find((word: string) => word.startsWith("max_connections="));
  return {
    projects: names.map((name) => projectBefore(name, all.get(name) ?? new Map(), known[name] ?? {})),
    gateway: server.get(`${CONTAINER} gateway`)?.inputs?.entrypoints?.some((word: string) => word.includes("/kong/")) ? "kong" : "envoy",
    hasTls: server.has(`${CONTAINER} acme`),
    ...(setting === undefined ? {} : { maxConnections: Number(setting.split("=")[1]) }),
  };
}

function byOwner({ steps }: Preview, owners: Owners): Map<string, Resources> {
  const all = new Map<string, Resources>();
  for (const step of steps) {
    const state = stateOf(step, "oldState");
    if (state === undefined) continue;
    const owner = owners.of(step.urn);
    const whose = "project" in owner ? owner.project : "";
    const { type, name } = parseUrn(step.urn);
    all.set(whose, (all.get(whose) ?? new Map()).set(`${type} ${name}`, state));
  }
  return all;
}

/** As the outputs of the last update have it; what is not known is not there. */
type Known = Partial<Pick<ProjectBefore, "url" | "architecture" | "domains" | "purgeAfterDays" | "keep">>;

function projectBefore(name: string, resources: Resources, known: Known): ProjectBefore {
  const has = (type: string, suffix: string) => resources.has(`${type} ${name}${suffix}`);
  const own = PROJECT_SERVICES.filter((service) => has(CONTAINER, `-${service}`));
  const architecture = known.architecture ?? (own.includes("gateway") ? "isolated" : "shared");
  return {
    name,
    architecture,
    state: has(COMMAND, "-removal") ? "removed" : own.includes("auth") ? "present" : "suspended",
    domains: known.domains ?? [],
    ...(known.url === undefined ? {} : { url: known.url }),
    ...(known.purgeAfterDays === undefined ? {} : { purgeAfterDays: known.purgeAfterDays }),
    ...(known.keep === undefined ? {} : { keep: known.keep }),
    services: { realtime: realtimeBefore(name, resources, own.includes("realtime") ? "isolated" : architecture), studio: own.includes("studio") },
    limits: {
      connections: resources.get(`${DATABASE} ${name}`)?.inputs?.connectionLimit ?? DEFAULT_CONNECTIONS,
      memory: { ...DEFAULT_MEMORY, ...memoryBefore(name, resources, own) },
    },
  };
}

/** The role says whether a Realtime reads the project's changes, also while none runs (components/projectDatabase.ts). */
const realtimeBefore = (name: string, resources: Resources, architecture: Project["architecture"]): Sized["services"]["realtime"] =>
  resources.get(`${ROLE} ${name}-realtime`)?.inputs?.replication === false ? "off" : architecture === "isolated" ? "dedicated" : "shared";

const memoryBefore = (name: string, resources: Resources, own: ProjectService[]): Partial<Record<ProjectService, number>> =>
  Object.fromEntries(
    own.flatMap((service) => {
      const memory = resources.get(`${CONTAINER} ${name}-${service}`)?.inputs?.memory;
      return memory === undefined ? [] : [[service, memory]];
    }),
  );
