// What is noticed of one resource's change. What nobody thought of here is never "nothing noticed".
import type { Change } from "./changes.ts";
import type { Notice } from "./model.ts";

/** Whose API or connections an interruption reaches, of the projects that run. */
export type Reach = "its project" | "the plane's Realtime" | "all projects";

export type Effect = Notice & { reach?: Reach };

/** A component of ours that a resource is in. */
interface Component {
  word: string;
  name: string;
}

const CONTAINER = "docker:index/container:Container";
const VOLUME = "docker:index/volume:Volume";

/** What has data that nothing makes again, by its type and the component that it is in. All other volumes hold what an update writes anew. */
const DATA: { type: string; within: string; name?: string; what: string }[] = [
  { type: "postgresql:index/database:Database", within: "ProjectDatabase", what: "database" },
  { type: "pulumi:index:Stash", within: "ProjectKeys", what: "keys" },
  { type: "pulumi:index:Stash", within: "PostgresServer", what: "the server's own keys" },
  { type: VOLUME, within: "PostgresServer", name: "postgres-data", what: "the databases of all projects" },
  { type: VOLUME, within: "PostgresServer", name: "postgres-custom", what: "the root key of all vaults" },
  { type: VOLUME, within: "FileStore", what: "the files of all projects" },
  { type: VOLUME, within: "Backups", name: "backups", what: "the backups that are on this server" },
  { type: VOLUME, within: "Backups", name: "backup-state", what: "the list of backups, and of what is being taken away" },
];

/** Types whose change, but for a replacement that deletes first, is known to be noticed by nobody. */
const QUIET = [
  /^command:local:Command$/,
  /^docker:index\/(?:container|remoteImage|volume|network):/,
  /^postgresql:index\/(?:role|database):/,
  /^pulumi:(?:index:Stash$|providers:|pulumi:)/,
  /^indie-ventures:index:/,
];

/** @param components that it is in, the innermost first */
export function effectsOf(change: Change, components: Component[]): Effect[] {
  const data = dataOf(change, components);
  if (data !== undefined && isLost(change)) return [{ kind: "data removed", what: data }];
  if (data !== undefined && change.before?.protect && change.after && !change.after.protect)
    return [{ kind: "noticed", what: `no longer protected from deletion: ${data}` }];
  if (change.operation === "replace" && change.isDeletedFirst) return [gapOf(change, components)].flat();
  if (isOtherGateway(change, components)) return [otherGateway(reachOf(components))];
  if (change.operation === "create" || QUIET.some((type) => type.test(change.type))) return [];
  const why = `this plan does not know what comes of it: ${change.operation} of ${change.name} (${change.type})`;
  return [{ kind: "interrupted", what: "what uses it", why, reach: reachOf(components) }];
}

const dataOf = ({ type, name }: Change, components: Component[]): string | undefined =>
  DATA.find((data) => data.type === type && data.within === components[0]?.word && (data.name ?? name) === name)?.what;

const reachOf = (components: Component[]): Reach => (components.some(({ word }) => word === "SupabaseProject") ? "its project" : "all projects");

const isLost = ({ operation }: Change): boolean => operation === "delete" || operation === "replace";

/** The old one goes before the new one comes. */
function gapOf({ type, name, properties }: Change, components: Component[]): Effect | Effect[] {
  const within = components[0]?.word;
  const reach = reachOf(components);
  if (type === CONTAINER && within === "RealtimeServer") {
    const why = "its websockets end, and clients connect anew";
    return { kind: "interrupted", what: "Realtime", why, reach: reach === "its project" ? reach : "the plane's Realtime" };
  }
  if (type === CONTAINER && name === "postgres" && within === "PostgresServer")
    return { kind: "interrupted", what: "everything", why: "Postgres restarts; nothing is lost", reach: "all projects" };
  if (type === CONTAINER && within === "PostgresServer") return otherDoor(properties);
  if (type === CONTAINER && within === "Edge") return { kind: "interrupted", what: "everything", why: "nginx is another one", reach: "all projects" };
  // A backup that is being made is broken off, and the next one is made at its time; a certificate is asked for again.
  if (type === CONTAINER && (within === "Backups" || within === "Certificates")) return [];
  return { kind: "interrupted", what: "what uses it", why: `${name} goes before its successor comes`, reach };
}

/** The plane's, which publishes the port of the server too: an isolated project's services have a door of their own, its `dbUrl` has not. */
function otherDoor(properties: string[]): Effect[] {
  const why = "the way to Postgres is another one, and connections are made anew; of isolated projects those by dbUrl";
  const gap: Effect = { kind: "interrupted", what: "the database", why, reach: "all projects" };
  return properties.includes("ports") ? [gap, { kind: "noticed", what: "the port of Postgres is another one, and with it every project's dbUrl (DATABASE_URL)" }] : [gap];
}

/** Envoy's files are not Kong's: the new one has none until each project has written its own (docs/settings.md). */
const otherGateway = (reach: Reach): Effect => ({
  kind: "interrupted",
  what: "everything",
  why: "the gateway is another program: an address answers 404 until it is told of its project",
  reach,
});

const isOtherGateway = ({ type, operation, properties }: Change, components: Component[]): boolean =>
  type === CONTAINER && operation === "replace" && components[0]?.word === "Gateway" && properties.includes("entrypoints");
