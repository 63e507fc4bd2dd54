// Whether all projects of a server fit into its memory, before anything is created (DESIGN §1, promise 5). Pure.
import type { Project } from "./project.ts";
import type { GatewayKind } from "./stackConfig.ts";

/** MiB of what there is once. What has a limit counts with it: a container may grow up to that, and then others must not starve. */
export const ONCE = {
  /** Kernel, SSH and Docker itself: dockerd 108, containerd 47 (measured with 8 containers), the rest of a Debian. */
  system: 400,
  /** shared_buffers 128 and its own processes; connections count with their projects (facts/ops.md §7.4). */
  postgres: 256,
  /** 39 with 500 certificates (facts/ops.md §7.4). */
  edge: 48,
  door: 16,
} as const;

/** MiB that a gateway may take: the limit of its container. Kong's is an estimate, it was never run here (docs/settings.md). */
export const GATEWAY_MEMORY: Record<GatewayKind, number> = { envoy: 256, kong: 512 };

/** MiB of a connection to Postgres that has read its catalogs (facts/ops.md §7.1). */
const CONNECTION = 2;
/** MiB of what Docker runs beside each container: containerd-shim (measured). */
const SHIM = 12;
const CONTAINERS_ONCE = 4;

/** MiB that a project may take at most. */
export function projectMemory({ limits }: Pick<Project, "limits">): number {
  const services = Object.values(limits.memory);
  return services.reduce((sum, limit) => sum + limit + SHIM, 0) + limits.connections * CONNECTION;
}

/** MiB that a server needs. */
export const serverMemory = (projects: Pick<Project, "limits">[], gateway: GatewayKind = "envoy"): number =>
  [...Object.values(ONCE), GATEWAY_MEMORY[gateway]].reduce((sum, each) => sum + each, CONTAINERS_ONCE * SHIM) +
  projects.reduce((sum, project) => sum + projectMemory(project), 0);

/** Postgres takes a new number of connections only by a restart, so that it grows in steps, each with room for more projects. */
const CONNECTION_STEPS = [400, 800, 1600, 3200, 6400];
/** For us, for backups, and what Postgres keeps for superusers. */
const CONNECTIONS_OF_OURS = 20;

/** `max_connections` of the server's Postgres. */
export function maxConnections(projects: Pick<Project, "limits">[]): number {
  const needed = projects.reduce((sum, { limits }) => sum + limits.connections, CONNECTIONS_OF_OURS);
  return CONNECTION_STEPS.find((step) => step >= needed) ?? needed;
}

/**
 * What to say when the projects do not fit; undefined when they do.
 *
 * @param memory MiB that the server has
 */
export function tooSmall(
  projects: Pick<Project, "name" | "limits">[],
  memory: number,
  projectsFile: string,
  gateway: GatewayKind = "envoy",
): string | undefined {
  const needed = serverMemory(projects, gateway);
  if (needed <= memory) return undefined;
  const bySize = projects.toSorted((a, b) => projectMemory(b) - projectMemory(a));
  const [largest] = bySize;
  const ways = [
    ...(largest === undefined
      ? []
      : [`smaller limits.memory, or fewer limits.connections, in ${projectsFile}: "${largest.name}" may take most, ${projectMemory(largest)} MB`]),
    `a server with ${Math.ceil(needed / USABLE / 1024)} GB or more`,
    ...(largest === undefined ? [] : [`fewer projects here: ${fewest(bySize, needed - memory)} on another server (\`server:\`)`]),
  ];
  return `The projects of this server may take ${needed} MB of memory, and it has ${memory} MB. Nothing was changed. What helps, the cheapest first:
${ways.map((way) => `  - ${way}`).join("\n")}`;
}

/** The fewest projects that must go so that so many MiB come free, the largest first. */
function fewest(bySize: Pick<Project, "name" | "limits">[], excess: number): string {
  let freed = 0;
  const going = bySize.filter((project) => {
    if (freed >= excess) return false;
    freed += projectMemory(project);
    return true;
  });
  return going.map(({ name }) => `"${name}"`).join(", ");
}

/** What the kernel leaves of the memory that a server is sold with: a VM of 4 GB has 3.8. */
const USABLE = 0.95;

/** How many shared projects with the default limits fit into servers as they are sold: the table of docs/sizing.md. */
export function renderSizing(limits: Project["limits"]): string {
  const project = { limits };
  const rows = [2, 4, 8, 16].map((gigabytes) => {
    const memory = Math.floor(gigabytes * 1024 * USABLE);
    const fit = Math.max(0, Math.floor((memory - serverMemory([])) / projectMemory(project)));
    return `| ${gigabytes} GB | ${fit} | ${serverMemory(Array(fit).fill(project))} MB | ${maxConnections(Array(fit).fill(project))} |`;
  });
  return ["| server | shared projects | may take | Postgres connections |", "|---|---|---|---|", ...rows].join("\n");
}

export const PLANE = { realtime: 384, storage: 384, imgproxy: 192, meta: 160 };
export const postgresSettings = (p: any[]): Record<string, number> => ({ max_connections: maxConnections(p), max_replication_slots: 20, max_wal_senders: 20 });
