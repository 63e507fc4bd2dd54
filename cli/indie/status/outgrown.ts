// What measured use comes close to, and what helps: more of a limit, services of its own, a server of its own (docs/sizing.md). Pure.
import type { StatusJson } from "../json.ts";

type Advice = StatusJson["outgrown"][number];
type Shown = Pick<StatusJson, "projects" | "server">;
type Project = Shown["projects"][number];
type Service = Project["services"][number];

/** From which part of a limit on. */
export const CLOSE = { connections: 0.8, memory: 0.85 } as const;

export const outgrown = (shown: Shown): Advice[] => [
  ...shown.projects.flatMap((project) => [...connections(project), ...memory(project), ...disk(project, shown.server)]),
  ...plane(shown),
  ...server(shown),
];

/** Its programs and services will be refused connections. */
export function connections({ name, connections: use }: Pick<Project, "name" | "connections">): Advice[] {
  if (use === null || use.limit <= 0 || use.used < use.limit * CLOSE.connections) return [];
  return [{ rule: "connections", project: name, text: `${name} uses ${use.used} of its ${use.limit} connections → a higher limits.connections` }];
}

const isTight = ({ memory: { used, limit } }: Service): boolean => used !== null && limit !== null && used >= limit * CLOSE.memory;
const takes = ({ service, memory: { used, limit } }: Service): string => `${service} takes ${used} of ${limit} MB`;

/** A service that reaches its limit is ended and started anew. */
export const memory = ({ name, services }: Pick<Project, "name" | "services">): Advice[] =>
  services
    .filter(isTight)
    .map((service) => ({ rule: "memory", project: name, text: `${name}: ${takes(service)} → a higher limits.memory.${service.service}` }));

/** A restore and the proof of a backup need room for the database once more. */
export function disk({ name, databaseSize }: Pick<Project, "name" | "databaseSize">, { freeDisk }: Pick<Shown["server"], "freeDisk">): Advice[] {
  if (databaseSize === null || freeDisk === null || databaseSize < freeDisk) return [];
  const text = `${name}'s database has ${databaseSize} MB, and ${freeDisk} MB of the disk are free: a restore needs its size once more → a larger disk, or a server of its own`;
  return [{ rule: "disk", project: name, text }];
}

/** What all shared projects use together: one of them had better have its own. */
export function plane({ projects, server: { services } }: Shown): Advice[] {
  const shared = projects.filter(({ architecture, state }) => architecture === "shared" && state === "present");
  const busiest = most(shared, ({ connections: use }) => use?.used ?? 0);
  if (busiest === undefined) return [];
  return services
    .filter((service) => ["realtime", "storage", "imgproxy", "gateway", "meta"].includes(service.service) && isTight(service))
    .map((service) => ({
      rule: "plane",
      project: busiest.name,
      text: `${takes(service)}, for all shared projects → architecture: isolated for the busiest, which by its connections is ${busiest.name}`,
    }));
}

/** All containers together: somebody has to go. */
export function server({ projects, server: { memory: all } }: Shown): Advice[] {
  if (all.used === null || all.available === null || all.used < all.available * CLOSE.memory) return [];
  const isolated = projects.filter(({ architecture, state }) => architecture === "isolated" && state === "present");
  const largest = most(isolated, ({ services }) => services.reduce((sum, { memory: { used } }) => sum + (used ?? 0), 0));
  const who = largest === undefined ? "" : `, or a server of its own for ${largest.name}`;
  return [{ rule: "server", project: largest?.name ?? null, text: `all containers take ${all.used} of the server's ${all.available} MB → a larger server${who}` }];
}

function most<T>(all: T[], measure: (each: T) => number): T | undefined {
  return all.toSorted((left, right) => measure(right) - measure(left))[0];
}
