import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { commonHost, type Images, imageOf, type Project, type ProjectService, type StackConfig } from "../spec/index.ts";
import type { Edge } from "./edge.ts";
import type { FileStore, FilesMount } from "./fileStore.ts";
import { createGateway } from "./gateway/createGateway.ts";
import { GATEWAY_PORT } from "./gateway/decisions.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { type Networks, network } from "./networks.ts";
import type { PostgresServer } from "./postgresServer.ts";
import type { Server } from "./server/server.ts";
import { IMGPROXY_PORT, imgproxyEnvironment } from "./services/imgproxy.ts";
import { metaEnvironment } from "./services/meta.ts";
import { service } from "./services/service.ts";
import { ownStorageEnvironment, STORAGE_PORT } from "./services/storage.ts";
import { INNER_HOST } from "./sharedSupabaseStack.ts";
import { type Endpoints, metaEndpoint, type ServedProject, storageKeys, type SupabaseStack } from "./supabaseStack.ts";

export interface IsolatedSupabaseStackArgs {
  project: Project;
  served: ServedProject;
  server: Server;
  networks: Networks;
  postgres: PostgresServer;
  edge: Edge;
  files: FileStore;
  images: Images;
  stack: Pick<StackConfig, "domain" | "gateway">;
}

/**
 * The services of one project that has them for itself, in a network of its own. auth, rest, Realtime and Studio stand beside it there:
 * they are the project's in both architectures (supabaseProject.ts, DESIGN §13.9).
 */
export class IsolatedSupabaseStack extends pulumi.ComponentResource implements SupabaseStack {
  readonly network: docker.Network;
  readonly studioNetwork: docker.Network;
  readonly door: pulumi.Resource;
  readonly gateway: Gateway;
  readonly upstream: string;
  readonly upstreamFile: pulumi.Resource;
  readonly metaCryptoKey: pulumi.Output<string>;
  private readonly storage: docker.Container;
  private readonly meta?: docker.Container;
  private readonly args: IsolatedSupabaseStackArgs;
  private readonly name: string;

  constructor(args: IsolatedSupabaseStackArgs, opts?: pulumi.ComponentResourceOptions) {
    const { name } = args.project;
    super("indie-ventures:index:IsolatedSupabaseStack", name, {}, opts);
    this.args = args;
    this.name = name;
    this.metaCryptoKey = args.served.keys.secret("meta-crypto-key");
    this.network = network(args.server, `project-${name}`, { parent: this, project: name });
    this.studioNetwork = this.network;
    this.door = args.postgres.door(`${name}-door`, { network: this.network, project: name, parent: this });
    this.gateway = this.createGateway();
    // A dot: no project's name has one, so that no other upstream has this name.
    this.upstream = `isolated.${name}`;
    this.upstreamFile = args.edge.upstream(this.upstream, this.gateway.container.name, GATEWAY_PORT, this);
    this.storage = this.createStorage();
    if (args.project.services.studio) this.meta = this.createMeta();
    this.registerOutputs({});
  }

  serve(project: ServedProject): pulumi.Output<Endpoints> {
    return pulumi.all({
      storage: this.storage.name.apply((container) => ({ container, port: STORAGE_PORT })),
      ...(this.meta === undefined ? {} : { meta: metaEndpoint(this.meta, this.metaCryptoKey, project) }),
    });
  }

  private createGateway(): Gateway {
    const { project, server, networks, images, stack } = this.args;
    return createGateway(
      stack.gateway,
      `${this.name}-gateway`,
      {
        server,
        project: this.name,
        image: imageOf(images, project, "gateway", stack.gateway),
        networks: [{ name: networks.edge.name }, { name: this.network.name, aliases: [INNER_HOST] }],
        memory: project.limits.memory.gateway,
        commonHosts: [commonHost(stack), INNER_HOST],
      },
      { parent: this },
    );
  }

  private createStorage(): docker.Container {
    const { served, files } = this.args;
    const { url, keys, database } = served;
    const mount = files.only(this.name, served.files, this);
    const imgproxy = this.service("imgproxy", imgproxyEnvironment(), { mount, aliases: ["imgproxy"] });
    const environment = pulumi.all([database.serviceUrl("storageAdmin"), storageKeys(keys)]).apply(([databaseUrl, values]) =>
      ownStorageEnvironment({ project: this.name, url, imgproxyUrl: `http://imgproxy:${IMGPROXY_PORT}`, databaseUrl, keys: values }),
    );
    return this.service("storage", environment, { mount, dependsOn: [database.ready, this.door, imgproxy] });
  }

  private createMeta(): docker.Container {
    return this.service("meta", this.metaCryptoKey.apply((cryptoKey) => metaEnvironment({ cryptoKey })), { dependsOn: [this.door] });
  }

  private service(
    word: "storage" | "imgproxy" | "meta",
    environment: pulumi.Input<Record<string, string>>,
    { mount, aliases, dependsOn }: { mount?: FilesMount; aliases?: string[]; dependsOn?: pulumi.Resource[] },
  ): docker.Container {
    const { project, server, images } = this.args;
    return service(
      word,
      {
        server,
        project: this.name,
        image: imageOf(images, project, word satisfies ProjectService),
        networks: [{ name: this.network.name, aliases }],
        environment,
        memory: project.limits.memory[word],
        ...(mount === undefined ? {} : { volumes: [mount] }),
      },
      { parent: this, dependsOn },
    );
  }
}
