// Whether all projects of a server fit into its memory, before anything is created (DESIGN §1, promise 5). Pure.
import { leastConnections, planeConnections, projectConnections } from "./connections.ts";
import type { Project, ProjectService } from "./project.ts";
import type { GatewayKind } from "./stackConfig.ts";

export { connectionNeeds, DEFAULT_CONNECTIONS, leastConnections, METADATA_CONNECTIONS, POOLS } from "./connections.ts";
export { maxConnections, postgresSettings, replicationSlots, serverConnections, walSenders } from "./connections.ts";

/**
 * MiB: the limits of the backup container, and of the Postgres that its backups are restored into, at work. They sleep but for some minutes a day,
 * and a backup begins only where so much is free at that moment (images/backup/room.ts): with the projects they count as they sleep.
 */
export const BACKUP_MEMORY = 384;
export const SCRATCH_MEMORY = 256;
/**
 * MiB: the limit of the container that gets certificates, where the stack speaks HTTPS: 143 at work (measured: two Nodes, lego and a program for the
 * DNS). It counts with the shell that waits in it.
 */
export const ACME_MEMORY = 160;
const ACME_AT_REST = 4;
/** MiB of the nginx that leads from a network to Postgres and nowhere else. */
const DOOR = 16;

/** MiB of what there is once. What has a limit counts with it: a container may grow up to that, and then others must not starve. */
export const ONCE = {
  /** Kernel, SSH and Docker itself: dockerd 108, containerd 47 (measured with 8 containers), the rest of a Debian. */
  system: 400,
  /** shared_buffers 128 and its own processes; connections count with their projects (facts/ops.md §7.4). */
  postgres: 256,
  /** 39 with 500 certificates (facts/ops.md §7.4). */
  edge: 48,
  door: DOOR,
  /** 46 (measured): Node, which waits for the next schedule. */
  backup: 48,
  /** 4 (measured): a shell. */
  scratch: 8,
} as const;

/** MiB: the limit of the plane's gateway. Kong's is an estimate, it was never run here (docs/settings.md). */
export const GATEWAY_MEMORY: Record<GatewayKind, number> = { envoy: 256, kong: 512 };
/** The same of a project's own, unless it says otherwise. Envoy: at rest 36, ours (facts/engine.md); 30 to 60 and its configuration, estimated. */
export const OWN_GATEWAY_MEMORY: Record<GatewayKind, number> = { envoy: 128, kong: 512 };

/**
 * MiB: the limits of the plane's containers. They serve all shared projects; what none of those uses does not run. Sources as for
 * {@link DEFAULT_MEMORY}; Storage and postgres-meta have more than a project's own, for many tenants.
 */
export const PLANE = { realtime: 384, storage: 384, imgproxy: 192, meta: 192 } as const;

/** MiB: the limit of a project's own container. Others' figures but where it says ours; none was found for many users at a time. */
export const DEFAULT_MEMORY: Record<ProjectService, number> = {
  /** Peak 56, a limit of 48 kills it, 96 holds 48 clients (facts/upstream.md §4). */
  auth: 96,
  /** Peak 22 with a pool of 2 to 4, about 290 with one of 10 (facts/upstream.md §4): ours is 4. */
  rest: 128,
  /** At rest about 200 to 250 (facts/tenancy.md §8, weak evidence), 384 planned (facts/ops.md §7.4). */
  realtime: 384,
  /** At rest 103 (facts/tenancy.md §8), 120 to 200 estimated, 256 planned (facts/ops.md §7.4). */
  storage: 256,
  /** At rest 25 to 30; more while it works on an image, 16.8 megapixels at most (facts/ops.md §7.4, estimated). */
  imgproxy: 192,
  /** Peak 89, 160 holds (facts/ops.md §7.4). */
  meta: 160,
  /** Peak 285 with a heap of 128, 353 and more without a limit (facts/upstream.md §4). */
  studio: 384,
  gateway: OWN_GATEWAY_MEMORY.envoy,
};

/** MiB: less than that, and it does not get through its start or its first requests (the figures at rest above). */
export const LEAST_MEMORY: Record<ProjectService, number> = {
  ...{ auth: 64, rest: 64, realtime: 256, storage: 160 },
  ...{ imgproxy: 64, meta: 128, studio: 256, gateway: 64 },
};

/** MiB of a connection to Postgres that has read its catalogs (facts/ops.md §7.1). */
const CONNECTION = 2;
/** MiB of what Docker runs beside each container: containerd-shim (measured). */
const SHIM = 12;
const CONTAINERS_ONCE = 6;

/** A project, as far as its size goes. */
export type Sized = Pick<Project, "architecture" | "services" | "limits">;
type Named = Sized & Pick<Project, "name">;

const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0);
const containers = (limits: number[]): number => sum(limits.map((limit) => limit + SHIM));

/** The services of which a project has containers of its own now. */
export function ownServices({ architecture, services }: Pick<Sized, "architecture" | "services">): ProjectService[] {
  const isIsolated = architecture === "isolated";
  return [
    ...(["auth", "rest"] as const),
    ...(services.realtime === "dedicated" ? (["realtime"] as const) : []),
    ...(isIsolated ? (["storage", "imgproxy", "gateway"] as const) : []),
    ...(services.studio ? (["studio"] as const) : []),
    ...(services.studio && isIsolated ? (["meta"] as const) : []),
  ];
}

/** MiB that a project may take at most. */
export function projectMemory(project: Sized): number {
  const own = ownServices(project).map((service) => project.limits.memory[service]);
  const doors = project.architecture === "isolated" ? [DOOR] : [];
  return containers([...own, ...doors]) + projectConnections(project) * CONNECTION;
}

/** MiB that the plane may take at most, its gateway apart: that runs even where nobody shares. */
function planeMemory(projects: Sized[]): number {
  const shared = projects.filter(({ architecture }) => architecture === "shared");
  const running = [
    ...(shared.length > 0 ? [PLANE.storage, PLANE.imgproxy] : []),
    ...(shared.some(({ services }) => services.realtime === "shared") ? [PLANE.realtime] : []),
    ...(shared.some(({ services }) => services.studio) ? [PLANE.meta] : []),
  ];
  return containers(running) + planeConnections(projects) * CONNECTION;
}

/**
 * MiB that a server needs.
 *
 * @param hasTls whether it gets certificates
 */
export const serverMemory = (projects: Sized[], gateway: GatewayKind = "envoy", hasTls = false): number =>
  sum(Object.values(ONCE)) + GATEWAY_MEMORY[gateway] + CONTAINERS_ONCE * SHIM + (hasTls ? containers([ACME_AT_REST]) : 0) + planeMemory(projects) + sum(projects.map(projectMemory));

/** What the kernel leaves of the memory that a server is sold with: a VM of 4 GB has 3.8. */
export const usable = (gigabytes: number): number => Math.floor(gigabytes * 1024 * 0.95);

/**
 * What to say when the projects do not fit; undefined when they do.
 *
 * @param memory MiB that the server has
 */
export function tooSmall(projects: Named[], memory: number, projectsFile: string, gateway: GatewayKind = "envoy", hasTls = false): string | undefined {
  const needed = serverMemory(projects, gateway, hasTls);
  if (needed <= memory) return undefined;
  // Which gateway it is, and whether it speaks HTTPS, changes no way: what they take more is not there for the projects.
  const ways = waysOut(projects, memory - (needed - serverMemory(projects)), projectsFile, gigabytesFor(needed)).slice(0, 3);
  return `The projects of this server may take ${needed} MB of memory, and it has ${memory} MB. Nothing was changed. What helps, the cheapest first:
${ways.map((way) => `  - ${way}`).join("\n")}`;
}

/** Each of them is enough by itself; what costs least comes first. */
function waysOut(projects: Named[], memory: number, projectsFile: string, gigabytes: number): string[] {
  const needed = serverMemory(projects);
  const limits = `limits.memory or limits.connections in ${projectsFile}`;
  const way = (change: Change, say: (names: string) => string): string[] => {
    const names = fewest(projects, memory, change);
    return names === undefined ? [] : [say(names.map((name) => `"${name}"`).join(", "))];
  };
  return [
    ...way(withoutStudio, (names) => `no Studio for now for ${names}: services.studio: on-demand, and out of the stack's setting studio`),
    ...way(withLeastLimits, (names) => `${needed - memory} MB less for ${names}: smaller ${limits}`),
    ...way(asShared, (names) => `architecture: shared for ${names}, with the plane's Realtime and no Studio`),
    `a server with ${gigabytes} GB or more`,
    ...way(() => [], (names) => `fewer projects here: ${names} suspended (\`state: suspended\`) or on another server (\`server:\`)`),
  ];
}

/** What would be in a project's place. */
type Change = (project: Named) => Named[];

const withoutStudio: Change = (project) => [{ ...project, services: { ...project.services, studio: false } }];

const withLeastLimits: Change = (project) => {
  const { memory, connections } = project.limits;
  // Whether its Studio is only off for now is not known here: its connections stay.
  const least = leastConnections({ realtime: project.services.realtime !== "off", studio: true });
  const lowered = Object.entries(memory).map(([service, limit]) => [service, Math.min(limit, LEAST_MEMORY[service as ProjectService])]);
  return [{ ...project, limits: { connections: Math.min(connections, least), memory: Object.fromEntries(lowered) as typeof memory } }];
};

const asShared: Change = (project) => {
  const realtime = project.services.realtime === "off" ? "off" : "shared";
  return project.architecture === "shared" ? [project] : [{ ...project, architecture: "shared", services: { realtime, studio: false } }];
};

/** The projects, as few as may be, whose change is enough; undefined where even all of them are not. */
function fewest(projects: Named[], memory: number, change: Change): string[] | undefined {
  const saved = (project: Named): number => serverMemory([project]) - serverMemory(change(project));
  const changed = new Set<Named>();
  for (const project of projects.filter((each) => saved(each) > 0).toSorted((left, right) => saved(right) - saved(left))) {
    changed.add(project);
    const after = projects.flatMap((each) => (changed.has(each) ? change(each) : [each]));
    if (serverMemory(after) <= memory) return [...changed].map(({ name }) => name);
  }
  return undefined;
}

function gigabytesFor(needed: number): number {
  let gigabytes = Math.ceil(needed / 1024);
  while (usable(gigabytes) < needed) gigabytes++;
  return gigabytes;
}
