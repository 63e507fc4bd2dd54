// How many connections to Postgres the services of a project need, and what Postgres is set to for all of them. Pure.
import type { Project } from "./project.ts";

/**
 * Connections that one container holds at most. auth, rest and Storage get it as a setting. Realtime's is the sum of its pools for a
 * tenant with Postgres Changes (facts/tenancy.md §1.8). postgres-meta opens one for each request; a page of Studio asks for a few.
 */
export const POOLS = { auth: 4, rest: 4, storage: 4, realtime: 9, meta: 2 } as const;
/** PostgREST listens on one beside its pool (facts/ops.md §7.2). */
const REST_LISTENS = 1;
/** psql, a migration, a dump, the owner's own programs. */
const OWNER = { least: 1, usual: 5 } as const;

/**
 * Databases of the services' own tables: at most so many connections each. Twice the pool (facts/tenancy.md §1.8, §2.1): of Storage's
 * while one container replaces another, of Realtime's for its migrations and its LISTEN.
 */
export const METADATA_CONNECTIONS = { realtime: 10, storage: 20 } as const;

/** What a project's database needs for each service. Twice the pool where an old and a new container overlap (DESIGN §13.14). */
export function connectionNeeds({ realtime, studio }: { realtime: boolean; studio: boolean }): Record<string, number> {
  return {
    auth: 2 * POOLS.auth,
    rest: 2 * (POOLS.rest + REST_LISTENS),
    storage: 2 * POOLS.storage,
    // Deleted before it is replaced.
    ...(realtime ? { realtime: POOLS.realtime } : {}),
    ...(studio ? { "meta, for Studio": 2 * POOLS.meta } : {}),
    "the database's owner": OWNER.least,
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The fewest that `limits.connections` may be. */
export const leastConnections = (has: { realtime: boolean; studio: boolean }): number => sum(Object.values(connectionNeeds(has)));

export const DEFAULT_CONNECTIONS = leastConnections({ realtime: true, studio: true }) - OWNER.least + OWNER.usual;

/** A project, as far as connections go. */
export type Connecting = Pick<Project, "architecture" | "services"> & { limits: Pick<Project["limits"], "connections"> };

/** Those of a project: its database's, and its own Realtime's. */
export const projectConnections = ({ services, limits }: Connecting): number =>
  limits.connections + (services.realtime === "dedicated" ? METADATA_CONNECTIONS.realtime : 0);

/** Those of the plane: once, however many projects it serves. */
export function planeConnections(projects: Connecting[]): number {
  const shared = projects.filter(({ architecture }) => architecture === "shared");
  return (
    (shared.length > 0 ? METADATA_CONNECTIONS.storage : 0) +
    (shared.some(({ services }) => services.realtime === "shared") ? METADATA_CONNECTIONS.realtime : 0)
  );
}

/** Postgres takes a new number only by a restart, so each grows in steps that have room for more projects. */
const CONNECTION_STEPS = [600, 1200, 2400, 4800, 9600];
const REPLICATION_STEPS = [50, 100, 200, 400];
/** For us, for backups, and what Postgres keeps for superusers. */
const CONNECTIONS_OF_OURS = 20;
/** A base backup takes two senders, a move a slot and a sender (facts/ops.md §7.2). */
const REPLICATION_OF_OURS = 4;

const stepFor = (needed: number, steps: number[]): number => steps.find((step) => step >= needed) ?? needed;

/** As many as all may open at one time. */
export const serverConnections = (projects: Connecting[]): number =>
  sum(projects.map(projectConnections)) + planeConnections(projects) + CONNECTIONS_OF_OURS;

/** `max_connections` of the server's Postgres. */
export const maxConnections = (projects: Connecting[]): number => stepFor(serverConnections(projects), CONNECTION_STEPS);

const withRealtime = (projects: Connecting[]): number => projects.filter(({ services }) => services.realtime !== "off").length;

/** `max_replication_slots`: one for Broadcast from Database, one for Postgres Changes (facts/tenancy.md §1.7.7). */
export const replicationSlots = (projects: Connecting[]): number =>
  stepFor(2 * withRealtime(projects) + REPLICATION_OF_OURS, REPLICATION_STEPS);

/** `max_wal_senders`: Broadcast from Database has one, Postgres Changes polls by SQL (facts/tenancy.md §1.7.7). */
export const walSenders = (projects: Connecting[]): number =>
  stepFor(withRealtime(projects) + REPLICATION_OF_OURS, REPLICATION_STEPS);

/** Settings that Postgres is started with, by their names there. Another number in any of them restarts it. */
export const postgresSettings = (projects: Connecting[]): Record<string, number> => ({
  max_connections: maxConnections(projects),
  max_replication_slots: replicationSlots(projects),
  max_wal_senders: walSenders(projects),
});
