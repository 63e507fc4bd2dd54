import { hasTls, type Images, type ImageName, IMAGES, type Project, running, type StackConfig } from "../../../spec/index.ts";
import type { MigrationState } from "../../../components/migrations/projectMigrations.ts";
import { DEFAULT_MEMORY } from "../../../spec/capacity.ts";
import { HETZNER_CLOUD, OFF } from "../../../spec/tls.ts";
import { everythingRegistered, mockEngine, type Registered, valueOf } from "./mocks.ts";

export const STACK: StackConfig = {
  stack: "dev",
  placement: "all",
  projectsFile: "projects.yaml",
  domain: "localhost",
  bind: "127.0.0.1",
  httpPort: 80,
  httpsPort: 443,
  tls: OFF,
  dnsApi: HETZNER_CLOUD,
  postgresPort: 5432,
  gateway: "envoy",
  protectData: true,
  backupRepository: "local",
  studio: [],
};

/** A shared project as `complete` makes it of its name alone. */
export const PROJECT: Project = {
  name: "shop-eu",
  architecture: "shared",
  state: "present",
  purgeAfterDays: 14,
  domains: [],
  keys: { generation: 1 },
  auth: {},
  services: { realtime: "shared", studio: false },
  versions: {},
  backups: { schedule: "0 3 * * *", keep: { daily: 7, weekly: 4, monthly: 6 } },
  limits: {
    connections: 44,
    memory: DEFAULT_MEMORY,
  },
};
export const ISOLATED: Project = { ...PROJECT, architecture: "isolated", services: { realtime: "dedicated", studio: true } };

const images = Object.fromEntries([...Object.keys(IMAGES), "backup", "acme"].map((name) => [name, `${name}:1`])) as Images & Record<ImageName, string>;

type Outputs = InstanceType<typeof import("../../../components/supabaseProject.ts").SupabaseProject>["projectOutputs"];

interface Given {
  /** By project. @default none has any */
  migrations?: Record<string, MigrationState>;
  preview?: boolean;
}

/** A server with these projects, as index.ts makes it, against mocks. Once for each test file (mocks.ts). */
export async function program(projects: Project[], stack: StackConfig = STACK, { migrations = {}, preview }: Given = {}): Promise<{ registered: Registered[]; outputs: Record<string, Outputs> }> {
  const registered = await mockEngine(preview);
  const { Server } = await import("../../../components/server/server.ts");
  const { Networks } = await import("../../../components/networks.ts");
  const { PostgresServer } = await import("../../../components/postgresServer.ts");
  const { Edge } = await import("../../../components/edge.ts");
  const { Certificates } = await import("../../../components/certificates.ts");
  const { FileStore } = await import("../../../components/fileStore.ts");
  const { SharedSupabaseStack } = await import("../../../components/sharedSupabaseStack.ts");
  const { Backups } = await import("../../../components/backups.ts");
  const { SupabaseProject } = await import("../../../components/supabaseProject.ts");
  const { bind, httpPort, protectData: protect } = stack;
  const server = new Server("server", { stack: "dev", engineVersion: "29.1.3" });
  const networks = new Networks("networks", server);
  const postgres = new PostgresServer("postgres", {
    server,
    networks,
    image: images.postgres,
    doorImage: images.nginx,
    realtimeImage: images.realtime,
    port: stack.postgresPort,
    settings: { max_connections: 400 },
    protect,
  });
  const certificates = hasTls(stack) ? new Certificates("certificates", { server, images, stack, projects }) : undefined;
  const edge = new Edge("edge", { server, networks, image: images.nginx, bind, httpPort, certificates });
  const files = new FileStore("files", { server, protect });
  const plane = new SharedSupabaseStack("shared", { server, networks, postgres, edge, files, images, stack, projects: running(projects) });
  const backups = new Backups("backups", { server, networks, postgres, files, images, stack });
  const made = projects.map((project) => new SupabaseProject({ project, stack, server, networks, postgres, edge, files, backups, plane, images, migrations: migrations[project.name] }));
  for (const { projectOutputs } of made) await valueOf(projectOutputs.dbUrl);
  // Registrations go on after the constructors return.
  await everythingRegistered();
  return { registered, outputs: Object.fromEntries(made.map(({ projectOutputs }, index) => [projects[index]!.name, projectOutputs])) };
}
