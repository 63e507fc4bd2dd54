import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { commonHost, GATEWAY_MEMORY, type Images, METADATA_CONNECTIONS, PLANE, type Project, type StackConfig } from "../spec/index.ts";
import type { Edge } from "./edge.ts";
import type { FileStore } from "./fileStore.ts";
import { GATEWAY_PORT } from "./gateway/decisions.ts";
import { createGateway } from "./gateway/createGateway.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { derive } from "./keys/derive.ts";
import { MetadataDatabase } from "./metadataDatabase.ts";
import type { Networks } from "./networks.ts";
import { NginxRoute } from "./nginxRoute.ts";
import type { PostgresServer } from "./postgresServer.ts";
import { seed } from "./projectKeys.ts";
import { RealtimeServer } from "./realtimeServer.ts";
import type { Server } from "./server/server.ts";
import { IMGPROXY_PORT, imgproxyEnvironment } from "./services/imgproxy.ts";
import { metaEnvironment } from "./services/meta.ts";
import { service } from "./services/service.ts";
import { planeStorageEnvironment, STORAGE_PORT } from "./services/storage.ts";
import { storageTenant } from "./storageTenant.ts";
import { type Endpoints, metaEndpoint, type ServedProject, storageKeys, type SupabaseStack } from "./supabaseStack.ts";

/** The name of a gateway among the services that ask it (DESIGN §13.12). */
export const INNER_HOST = "gateway";

export interface SharedSupabaseStackArgs {
  server: Server;
  networks: Networks;
  postgres: PostgresServer;
  edge: Edge;
  files: FileStore;
  images: Images;
  stack: Pick<StackConfig, "domain" | "gateway">;
  /** All of the server that run. What no shared one uses does not run. */
  projects: Project[];
}

/**
 * The plane: the services that shared projects use together. auth and rest are not among them, each takes exactly one database
 * (DESIGN §4), so a project has its own (supabaseProject.ts).
 */
export class SharedSupabaseStack extends pulumi.ComponentResource implements SupabaseStack {
  readonly network: docker.Network;
  readonly studioNetwork: docker.Network;
  readonly door: pulumi.Resource;
  readonly gateway: Gateway;
  readonly upstream = "shared";
  readonly upstreamFile: pulumi.Resource;
  readonly metaCryptoKey: pulumi.Output<string>;
  /** There while a shared project uses it. */
  readonly realtime?: RealtimeServer;
  private readonly storage?: docker.Container;
  private readonly meta?: docker.Container;
  private readonly args: SharedSupabaseStackArgs;
  private readonly seed: pulumi.Output<string>;

  constructor(name: string, args: SharedSupabaseStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:SharedSupabaseStack", name, {}, opts);
    const { networks, postgres, projects } = args;
    const shared = projects.filter(({ architecture }) => architecture === "shared");
    this.args = args;
    this.network = networks.plane;
    this.studioNetwork = networks.ops;
    this.door = postgres.planeDoor;
    // Protects nothing that a project's seed does not make again.
    this.seed = seed(`${name}-seed`, { parent: this });
    this.metaCryptoKey = this.secret("meta-crypto-key");
    this.gateway = this.createGateway();
    this.upstreamFile = this.createSite();
    if (shared.length > 0) this.storage = this.createStorage();
    if (shared.some(({ services }) => services.realtime === "shared")) this.realtime = this.createRealtime();
    if (shared.some(({ services }) => services.studio)) this.meta = this.createMeta();
    this.registerOutputs({});
  }

  serve(project: ServedProject, parent: pulumi.Resource): pulumi.Output<Endpoints> {
    return pulumi.all({
      ...(this.storage === undefined ? {} : { storage: this.serveFiles(this.storage, project, parent) }),
      ...(this.meta === undefined || !project.studio ? {} : { meta: metaEndpoint(this.meta, this.metaCryptoKey, project) }),
    });
  }

  private serveFiles(container: docker.Container, { name, hostAndPort, keys, database, files }: ServedProject, parent: pulumi.Resource) {
    const tenant = storageTenant(
      {
        server: this.args.server,
        container,
        adminApiKey: this.secret("storage-admin-api-key"),
        project: name,
        databaseUrl: database.serviceUrl("storageAdmin"),
        keys: storageKeys(keys),
        ready: [database.ready, files],
      },
      parent,
    );
    // Known when the tenant is there. The host is the canonical one, by which Storage knows the project, whichever the client used.
    return pulumi.all([container.name, tenant.id]).apply(([value]) => ({
      container: value,
      port: STORAGE_PORT,
      headers: { "x-forwarded-host": hostAndPort },
    }));
  }

  private secret(purpose: string): pulumi.Output<string> {
    return this.seed.apply((value) => derive(value, purpose, 1).toString("hex"));
  }

  private createGateway(): Gateway {
    const { server, networks, images, stack } = this.args;
    return createGateway(
      stack.gateway,
      "gateway",
      {
        server,
        image: images[stack.gateway],
        networks: [{ name: networks.edge.name }, { name: networks.plane.name }, { name: networks.ops.name, aliases: [INNER_HOST] }],
        memory: GATEWAY_MEMORY[stack.gateway],
        commonHosts: [commonHost(stack), INNER_HOST],
      },
      { parent: this },
    );
  }

  /** The site of the common host. */
  private createSite(): pulumi.Resource {
    const { edge, stack } = this.args;
    const upstreamFile = edge.upstream(this.upstream, this.gateway.container.name, GATEWAY_PORT, this);
    const hosts = [commonHost(stack)];
    // No project is called so (spec/names.ts).
    const certificates = edge.certificates?.want("api", hosts, this) ?? [];
    new NginxRoute("api", { edge, hosts, upstream: this.upstream, after: [upstreamFile, ...certificates] }, { parent: this });
    return upstreamFile;
  }

  private createStorage(): docker.Container {
    const { server, networks, postgres, files, images, stack } = this.args;
    const metadata = new MetadataDatabase(
      "storage",
      { server, postgres, database: "supabase_storage", password: this.secret("storage-database"), connections: METADATA_CONNECTIONS.storage },
      { parent: this },
    );
    const common = { server, networks: [{ name: networks.plane.name }], volumes: [files.all()] };
    const imgproxy = service(
      "imgproxy",
      { ...common, image: images.imgproxy, networks: [{ name: networks.plane.name, aliases: ["imgproxy"] }], environment: imgproxyEnvironment(), memory: PLANE.imgproxy },
      { parent: this },
    );
    const environment = pulumi
      .all([metadata.url, this.secret("storage-admin-api-key"), this.secret("storage-encryption-key")])
      .apply(([databaseUrl, adminApiKey, encryptionKey]) =>
        planeStorageEnvironment({ domain: stack.domain, imgproxyUrl: `http://imgproxy:${IMGPROXY_PORT}`, databaseUrl, adminApiKey, encryptionKey }),
      );
    return service(
      "storage",
      { ...common, image: images.storage, environment, memory: PLANE.storage },
      { parent: this, dependsOn: [metadata.ready, this.door, imgproxy] },
    );
  }

  private createRealtime(): RealtimeServer {
    const { server, networks, postgres, images } = this.args;
    return new RealtimeServer(
      "realtime",
      {
        server,
        postgres,
        image: images.realtime,
        network: networks.plane,
        door: this.door,
        memory: PLANE.realtime,
        secret: (purpose) => this.secret(purpose),
        metadata: { database: "supabase_realtime", password: this.secret("realtime-database") },
        // No project's: their databases begin with a letter.
        slotNameSuffix: "_plane",
      },
      { parent: this },
    );
  }

  private createMeta(): docker.Container {
    const { server, networks, images } = this.args;
    return service(
      "meta",
      {
        server,
        image: images.meta,
        networks: [{ name: networks.plane.name }],
        environment: this.metaCryptoKey.apply((cryptoKey) => metaEnvironment({ cryptoKey })),
        memory: PLANE.meta,
      },
      { parent: this, dependsOn: [this.door] },
    );
  }
}
