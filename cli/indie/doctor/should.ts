// What should be, as Pulumi's state has it after the last update. Pure.
import { createHash } from "node:crypto";
import { READER } from "../../../images/backup/settings.ts";
import { type Export, type Resource, resourceName } from "../../pendingOperations.ts";
import { readTenancy, type Tenancy } from "./tenancy.ts";

interface Wanted {
  urn: string;
  project?: string;
  service: string;
}

export interface WantedContainer extends Wanted {
  id: string;
  name: string;
  restart?: string;
  networks: { name: string; aliases: string[] }[];
  ports: { internal: number; external: number; ip: string }[];
  volumes: { name: string; path: string }[];
}

export interface WantedNetwork extends Wanted {
  id: string;
  name: string;
}

export interface WantedVolume extends Wanted {
  name: string;
}

export interface WantedRole extends Wanted {
  name: string;
  /** Secret. */
  password?: string;
  login: boolean;
  inherit: boolean;
  replication: boolean;
  bypassRls: boolean;
  connectionLimit: number;
  memberOf: string[];
  /** Settings of the role, by their own names. */
  settings: Record<string, string>;
}

export interface WantedDatabase extends Wanted {
  name: string;
  owner: string;
  connectionLimit: number;
}

/** A command that wrote something: doing it again writes the same. */
export interface Command extends Wanted {
  name: string;
  create: string;
  /** May hold secrets. */
  stdin: string;
  environment: Record<string, string>;
}

/** A file that should be somewhere, by the hash of its text. */
export interface WantedFile extends Wanted {
  /** In its container, below the folder that is looked at. */
  file: string;
  sha256: string;
}

export interface Gateway {
  volume: string;
  /** The script that writes fragments, inside the container. */
  script: string;
  fragments: WantedFile[];
}

/** What the container for certificates was told of somebody. */
export interface WantedCertificates extends Wanted {
  /** A project, or the common host's. */
  owner: string;
  /** Of the certificates. */
  names: string[];
}

/** A certificate that somebody brought in files. */
export interface BroughtCertificate extends Wanted {
  name: string;
}

/** A tenant, and how the service is asked about it. */
export interface WantedTenant extends Wanted {
  project: string;
  /** The name of the service's container. */
  container: string;
  /** What the command gets. Secret. */
  stdin: string;
}

export interface Should {
  stack: string;
  stateId: string;
  isInterrupted: boolean;
  projects: string[];
  /** Those of them that are `state: removed`. */
  removed: string[];
  /** All ids that the state knows, of what is to go too. */
  known: ReadonlySet<string>;
  containers: WantedContainer[];
  networks: WantedNetwork[];
  volumes: WantedVolume[];
  roles: WantedRole[];
  databases: WantedDatabase[];
  tenancies: Tenancy[];
  commands: Command[];
  edgeFiles: WantedFile[];
  gateways: Gateway[];
  backupFiles: WantedFile[];
  certificates: WantedCertificates[];
  broughtCertificates: BroughtCertificate[];
  realtimeTenants: WantedTenant[];
  storageTenants: WantedTenant[];
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** The state's values without the frames around secrets, as `--show-secrets` writes them. */
export function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (SIGNATURE in object) return typeof object.plaintext === "string" ? revealed(JSON.parse(object.plaintext)) : undefined;
  return Object.fromEntries(Object.entries(object).map(([name, each]) => [name, revealed(each)]));
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((each) => typeof each === "string") : []);
const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

/** @param exported with its secrets in plain text */
export function readShould(stack: string, { deployment }: Export): Should {
  const all = (deployment.resources ?? []).map((resource): Resource => ({ ...resource, inputs: revealed(resource.inputs ?? {}) as Record<string, unknown>, outputs: revealed(resource.outputs ?? {}) as Record<string, unknown> }));
  const byUrn = new Map(all.map((resource) => [resource.urn, resource]));
  // The old one of a replacement is known, and not wanted any more.
  const wanted = all.filter((resource) => resource.delete !== true);
  const of = (type: string) => wanted.filter((resource) => resource.type === type);
  const projectOf = (resource: Resource | undefined): string | undefined =>
    resource === undefined || resource.type === PROJECT ? resource && resourceName(resource.urn) : projectOf(byUrn.get(resource.parent ?? ""));
  const commands = of("command:local:Command").map((resource) => readCommand(resource, projectOf(resource)));
  return {
    stack,
    stateId: text(of("random:index/randomId:RandomId").find(({ urn }) => resourceName(urn) === "state")?.outputs?.hex),
    isInterrupted: (deployment.pending_operations ?? []).length > 0,
    projects: of(PROJECT).map(({ urn }) => resourceName(urn)),
    removed: commands.flatMap(({ project, environment: { ROLES, REMOVED } }) => (project !== undefined && ROLES !== undefined && REMOVED ? [project] : [])),
    known: new Set(all.flatMap(({ id }) => id ?? [])),
    containers: of("docker:index/container:Container").map(readContainer),
    networks: of("docker:index/network:Network").map((resource) => ({ ...labelled(resource), id: resource.id ?? "", name: text(resource.inputs!.name) })),
    volumes: of("docker:index/volume:Volume").map((resource) => ({ ...labelled(resource), name: text(resource.inputs!.name) })),
    roles: of("postgresql:index/role:Role").map((resource) => readRole(resource, projectOf(resource))),
    databases: of("postgresql:index/database:Database").map((resource) => readDatabase(resource, projectOf(resource))),
    tenancies: commands.flatMap(readTenancy),
    commands,
    ...readFiles(commands),
    certificates: commands.flatMap(readCertificates),
    broughtCertificates: commands.flatMap(readBrought),
    ...readTenants(commands),
  };
}

const PROJECT = "indie-ventures:index:SupabaseProject";

function labelled({ urn, inputs = {} }: Resource): Wanted {
  const labels = Object.fromEntries(list(inputs.labels).map(({ label, value }) => [text(label), text(value)]));
  const project = labels["indie-ventures.project"];
  return { urn, service: labels["indie-ventures.service"] ?? "", ...(project === undefined ? {} : { project }) };
}

function readContainer(resource: Resource): WantedContainer {
  const { inputs = {}, outputs = {}, id = "" } = resource;
  return {
    ...labelled(resource),
    id,
    name: text(outputs.name) || text(inputs.name),
    ...(inputs.restart === undefined ? {} : { restart: text(inputs.restart) }),
    networks: list(inputs.networksAdvanced).map(({ name, aliases }) => ({ name: text(name), aliases: texts(aliases) })),
    ports: list(inputs.ports).map(({ internal, external, ip }) => ({ internal: Number(internal), external: Number(external), ip: text(ip) })),
    volumes: list(inputs.volumes).flatMap(({ volumeName, containerPath }) => (volumeName === undefined ? [] : [{ name: text(volumeName), path: text(containerPath) }])),
  };
}

const ofPostgres = (urn: string, project: string | undefined): Wanted => ({ urn, service: "postgres", ...(project === undefined ? {} : { project }) });

function readRole({ urn, inputs = {} }: Resource, project: string | undefined): WantedRole {
  const { searchPaths, statementTimeout, idleInTransactionSessionTimeout } = inputs;
  return {
    ...ofPostgres(urn, project),
    name: text(inputs.name),
    ...(typeof inputs.password === "string" ? { password: inputs.password } : {}),
    login: inputs.login === true,
    inherit: inputs.inherit !== false,
    replication: inputs.replication === true,
    bypassRls: inputs.bypassRowLevelSecurity === true,
    connectionLimit: typeof inputs.connectionLimit === "number" ? inputs.connectionLimit : -1,
    memberOf: texts(inputs.roles),
    settings: {
      ...(Array.isArray(searchPaths) ? { search_path: texts(searchPaths).join(", ") } : {}),
      ...(statementTimeout === undefined ? {} : { statement_timeout: String(statementTimeout) }),
      // components/postgresServer.ts: the provider has no word for it.
      ...(inputs.name === READER ? { lo_compat_privileges: "on" } : {}),
      ...(idleInTransactionSessionTimeout === undefined ? {} : { idle_in_transaction_session_timeout: String(idleInTransactionSessionTimeout) }),
    },
  };
}

const readDatabase = ({ urn, inputs = {} }: Resource, project: string | undefined): WantedDatabase => ({
  ...ofPostgres(urn, project),
  name: text(inputs.name),
  owner: text(inputs.owner),
  connectionLimit: typeof inputs.connectionLimit === "number" ? inputs.connectionLimit : -1,
});

function readCommand({ urn, inputs = {} }: Resource, project: string | undefined): Command {
  const environment = Object.fromEntries(Object.entries((inputs.environment ?? {}) as Record<string, unknown>).map(([name, value]) => [name, text(value)]));
  const whose = environment.PROJECT ?? project;
  return { urn, name: resourceName(urn), service: "", ...(whose === undefined ? {} : { project: whose }), create: text(inputs.create), stdin: text(inputs.stdin), environment };
}

/** What a command writes a file of is told by its variables (components/edge.ts, gateway/gateway.ts, backups.ts). */
function readFiles(commands: Command[]): Pick<Should, "edgeFiles" | "gateways" | "backupFiles"> {
  const asFile = (command: Command, service: string, file: string): WantedFile => ({
    ...{ urn: command.urn, service, file, sha256: sha256(command.stdin) },
    ...(command.project === undefined ? {} : { project: command.project }),
  });
  const edgeFiles = commands.flatMap((command) => {
    const { FOLDER, FILE } = command.environment;
    return FOLDER === undefined || FILE === undefined ? [] : [asFile(command, "edge", `${FOLDER}/${FILE}.conf`)];
  });
  const gateways = new Map<string, Gateway>();
  for (const command of commands) {
    const { VOLUME, PROJECT: project } = command.environment;
    const script = /bash (\S+\/fragment\.sh) put/.exec(command.create)?.[1];
    if (VOLUME === undefined || project === undefined || script === undefined) continue;
    const gateway = gateways.get(VOLUME) ?? { volume: VOLUME, script, fragments: [] };
    gateways.set(VOLUME, { ...gateway, fragments: [...gateway.fragments, asFile(command, "gateway", project)] });
  }
  const backupFiles = commands.flatMap((command) => (command.environment.PUT === undefined ? [] : [asFile(command, "backup", `${command.environment.PROJECT}.json`)]));
  return { edgeFiles, gateways: [...gateways.values()], backupFiles };
}

/** components/certificates.ts. */
function readCertificates({ urn, project, stdin, environment: { OWNER } }: Command): WantedCertificates[] {
  if (OWNER === undefined) return [];
  const { names } = JSON.parse(stdin) as { names: { name: string }[] };
  return [{ urn, service: "acme", ...(project === undefined ? {} : { project }), owner: OWNER, names: names.map(({ name }) => name) }];
}

const readBrought = ({ urn, project, create, environment: { NAME } }: Command): BroughtCertificate[] =>
  NAME === undefined || !create.includes("tell.sh put ") ? [] : [{ urn, service: "acme", ...(project === undefined ? {} : { project }), name: NAME }];

function readTenants(commands: Command[]): Pick<Should, "realtimeTenants" | "storageTenants"> {
  const tenants = (service: string): WantedTenant[] =>
    commands
      .filter(({ name, environment }) => name.endsWith(`-${service}-tenant`) && environment.CONTAINER !== undefined)
      .map(({ urn, name, stdin, environment }) => ({ urn, service, project: name.slice(0, -`-${service}-tenant`.length), container: environment.CONTAINER!, stdin }));
  return { realtimeTenants: tenants("realtime"), storageTenants: tenants("storage") };
}
