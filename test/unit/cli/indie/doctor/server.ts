// A server as the program makes it, with a shared and an isolated project: the state that the update leaves, and what is there while all is well.
import type { DockerIs } from "../../../../../cli/indie/doctor/containers.ts";
import type { InsideIs, PostgresIs } from "../../../../../cli/indie/doctor/databases.ts";
import type { BackupIs, GatewayIs, Hashes } from "../../../../../cli/indie/doctor/files.ts";
import { verifierOf } from "../../../../../cli/indie/doctor/scram.ts";
import { readShould, type Should, type WantedFile, type WantedRole } from "../../../../../cli/indie/doctor/should.ts";
import type { Tenancy } from "../../../../../cli/indie/doctor/tenancy.ts";
import type { Export, Resource } from "../../../../../cli/pendingOperations.ts";
import type { Project, StackConfig } from "../../../../../spec/index.ts";
import { ISOLATED, program, PROJECT } from "../../../lib/program.ts";
import type { Registered } from "../../../lib/mocks.ts";

export const PROJECTS: Project[] = [PROJECT, { ...ISOLATED, name: "docs" }, { ...PROJECT, name: "old", state: "removed" }, { ...PROJECT, name: "asleep", state: "suspended" }];

const SECRET = "4dabf18193072939515e22adb298388d";

/** Secrets as they go to the engine → as an export with --show-secrets has them. */
function asExported(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asExported);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET in value) return { [SECRET]: "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(asExported((value as { value?: unknown }).value)) };
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asExported(each)]));
}

function asResource({ type, name, urn, parentUrn, inputs }: Registered): Resource {
  const named = { ...inputs, name: inputs.name ?? `${name}-1a2b3c4`, ...(type.endsWith("RandomId") ? { hex: "57a7e1d057a7e1d0" } : {}) };
  return { urn, type, id: `${name}-${type}-id`, ...(parentUrn === "" ? {} : { parent: parentUrn }), inputs: asExported(inputs) as Record<string, unknown>, outputs: asExported(named) as Record<string, unknown> };
}

/** Once for each test file (mocks.ts). */
export async function exported(projects = PROJECTS, stack?: StackConfig): Promise<Export> {
  const { registered } = await program(projects, stack);
  return { version: 3, deployment: { resources: registered.map(asResource) } };
}

export const wellServer = async (): Promise<Should> => readShould("dev", await exported());

export const labelsOf = ({ project, service }: { project?: string; service: string }): Record<string, string> => ({
  ...{ "indie-ventures.stack": "dev", "indie-ventures.state": "57a7e1d057a7e1d0", "indie-ventures.service": service },
  ...(project === undefined ? {} : { "indie-ventures.project": project }),
});

export const dockerOf = (should: Should): DockerIs => ({
  containers: should.containers.map((container) => ({
    ...{ id: container.id, name: container.name, labels: labelsOf(container), state: "running", health: "healthy", restart: "always" },
    networks: Object.fromEntries(container.networks.map(({ name }) => [name, { id: should.networks.find((network) => network.name === name)!.id }])),
    ports: Object.fromEntries(container.ports.map(({ internal, external, ip }) => [`${internal}/tcp`, [{ HostIp: ip, HostPort: String(external) }]])),
  })),
  networks: should.networks.map((network) => ({ id: network.id, name: network.name, labels: labelsOf(network) })),
  volumes: [...should.volumes.map(({ name }) => name), "of-somebody-else"],
});

const hashes = (files: WantedFile[]): Hashes => Object.fromEntries(files.map(({ file, sha256 }) => [file, sha256]));
export const edgeOf = ({ edgeFiles }: Should): Hashes => hashes(edgeFiles);
export const gatewayOf = (fragments: WantedFile[]): GatewayIs => ({ container: "gateway-id", fragments: hashes(fragments), joined: { "routes.json": "there", "clusters.json": "there" } });
export const backupOf = ({ backupFiles, projects }: Should): BackupIs => ({ files: hashes(backupFiles), folders: [...projects] });

const SESSION = ["search_path", "role", "standard_conforming_strings", "client_encoding", "default_transaction_read_only", "statement_timeout", "lock_timeout", "transaction_timeout", "local_preload_libraries"];

/** Roles of the image's own, which no update makes. */
const IMAGES = ["anon", "authenticated", "service_role", "supabase_realtime_admin"].map((name): WantedRole => ({
  ...{ urn: "", service: "postgres", name, login: false, inherit: false, replication: false, bypassRls: false, connectionLimit: -1, memberOf: [], settings: {} },
}));

export function postgresOf(should: Should): PostgresIs {
  const grants = (name: string) => {
    const { connect = [], create = [] } = should.tenancies.find(({ database }) => database === name) ?? {};
    return [...connect.map((grantee) => ({ grantee, privilege: "CONNECT" })), ...create.map((grantee) => ({ grantee, privilege: "CREATE" }))];
  };
  const database = (name: string, owner: string, limit: number) => ({
    ...{ owner, limit, isOpen: true, isTemplate: false, session: [...SESSION] },
    acl: [{ grantee: "PUBLIC", privilege: "TEMPORARY" }, { grantee: owner, privilege: "CONNECT" }, ...grants(name)],
  });
  const settings: Record<string, Record<string, string>> = Object.assign({}, ...should.tenancies.map((tenancy) => tenancy.settings));
  return {
    databases: {
      ...Object.fromEntries(should.databases.map(({ name, owner, connectionLimit }) => [name, database(name, owner, connectionLimit)])),
      ...Object.fromEntries(["postgres", "template1"].map((name) => [name, database(name, "supabase_admin", -1)])),
      supabase_template: { ...database("supabase_template", "supabase_admin", -1), isOpen: false, isTemplate: true },
    },
    roles: Object.fromEntries(
      [...should.roles, ...IMAGES].map(({ name, login, inherit, replication, bypassRls, connectionLimit, memberOf, password, settings: own }) => [
        name,
        {
          ...{ login, inherit, replication, bypassRls, superuser: false, createRole: false, createDatabase: false, limit: connectionLimit, memberOf: [...memberOf] },
          settings: Object.entries({ ...own, ...settings[name] }).map(([setting, value]) => `${setting}=${setting === "search_path" ? `"${value}"` : value}`),
          verifier: password === undefined ? null : verifierOf(password, Buffer.from("salt"), 10),
        },
      ]),
    ),
  };
}

export const insideOf = ({ inside }: Tenancy): InsideIs => ({
  owners: { public: "pg_database_owner", extensions: "postgres", ...inside!.owners },
  publication: inside!.publication,
  grants: inside!.grants.map(({ schema, role, privilege }) => ({ schema, grantee: role, privilege })),
});

/** The words alone, for a test that says what is found. */
export const whats = (findings: { what: string }[]): string[] => findings.map(({ what }) => what);
