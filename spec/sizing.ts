// The tables of docs/sizing.md, from the figures that the check itself uses.
import { DEFAULT_CONNECTIONS, DEFAULT_MEMORY, LEAST_MEMORY, maxConnections, PLANE, serverMemory, type Sized, usable } from "./capacity.ts";
import { type Project, PROJECT_SERVICES } from "./project.ts";

const limits = { connections: DEFAULT_CONNECTIONS, memory: DEFAULT_MEMORY };
/** Projects as they are where nothing is written but the architecture: a shared one without Studio, an isolated one with its own. */
const DEFAULT_PROJECTS: Record<Project["architecture"], Sized> = {
  shared: { architecture: "shared", services: { realtime: "shared", studio: false }, limits },
  isolated: { architecture: "isolated", services: { realtime: "dedicated", studio: true }, limits },
};

/** Projects with default limits. */
export const defaultProjects = ({ isolated, shared }: { isolated: number; shared: number }): Sized[] => [
  ...Array<Sized>(isolated).fill(DEFAULT_PROJECTS.isolated),
  ...Array<Sized>(shared).fill(DEFAULT_PROJECTS.shared),
];

const fits = (counts: { isolated: number; shared: number }, gigabytes: number): boolean =>
  serverMemory(defaultProjects(counts)) <= usable(gigabytes);

/** The most that fit. */
function most(fitting: (count: number) => boolean): number {
  let count = 0;
  while (fitting(count + 1)) count++;
  return count;
}

const table = (head: string[], rows: (string | number)[][]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** What fits into servers as they are sold. */
export function renderSizing(): string {
  const rows = [2, 4, 8, 16].map((gigabytes) => {
    const sharedBeside = (isolated: number) => most((shared) => fits({ isolated, shared }, gigabytes));
    const shared = sharedBeside(0);
    const isolated = most((count) => fits({ isolated: count, shared: 0 }, gigabytes));
    const mixes = Array.from({ length: isolated }, (_, index) => ({ isolated: index + 1, shared: sharedBeside(index + 1) }))
      .filter((mix) => mix.shared > 0)
      .map((mix) => `${mix.isolated} + ${mix.shared}`);
    const connections = maxConnections(defaultProjects({ isolated: 0, shared }));
    return [`${gigabytes} GB`, shared, isolated, mixes.join(", ") || "none", connections];
  });
  return table(["server", "only shared", "only isolated", "isolated + shared", "`max_connections`, only shared"], rows);
}

/** What a few projects add to a server that has none. */
export function renderSums(): string {
  const empty = serverMemory([]);
  const added = (counts: { isolated: number; shared: number }) => serverMemory(defaultProjects(counts)) - empty;
  return [
    `A server without any project counts ${empty} MB. One shared project adds ${added({ isolated: 0, shared: 1 })} MB, most of it the services that all such projects use`,
    `together; three add ${added({ isolated: 0, shared: 3 })} MB, one isolated project ${added({ isolated: 1, shared: 0 })} MB.`,
  ].join("\n");
}

/** The memory limits of all services. */
export function renderLimits(): string {
  const plane: Partial<Record<string, number>> = PLANE;
  const rows = PROJECT_SERVICES.map((service) => [service, DEFAULT_MEMORY[service], LEAST_MEMORY[service], plane[service] ?? ""]);
  return table(["service", "a project's own, MB", "at least", "the plane's, MB"], rows);
}
