import * as pulumi from "@pulumi/pulumi";
import type { Edge } from "./edge.ts";
import { createGateway } from "./gateway/createGateway.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { Networks } from "./networks.ts";
import { NginxRoute } from "./nginxRoute.ts";
import { commonHost, type GatewayKind } from "../spec/index.ts";
import type { Server } from "./server/server.ts";

/** The name of the gateway among the services of the plane (DESIGN §13.12). */
const INNER_HOST = "gateway";

export interface SharedSupabaseStackArgs {
  server: Server;
  networks: Networks;
  edge: Edge;
  /** The program that is the gateway. */
  gateway: GatewayKind;
  images: Record<GatewayKind, string>;
  /** The domain that the projects' hosts are under. */
  domain: string;
}

/**
 * The plane: the services that shared projects use together. auth and rest are not among them, each takes exactly one database
 * (DESIGN §4), so a project has its own (supabaseProject.ts).
 */
export class SharedSupabaseStack extends pulumi.ComponentResource {
  readonly networks: Networks;
  readonly gateway: Gateway;
  /** The name under which sites reach the gateway. */
  readonly upstream = "shared";
  readonly upstreamFile: pulumi.Resource;

  constructor(name: string, args: SharedSupabaseStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:SharedSupabaseStack", name, {}, opts);
    const { server, networks, edge, gateway, images, domain } = args;
    this.networks = networks;
    const commonHosts = [commonHost({ domain }), INNER_HOST];
    this.gateway = createGateway(
      gateway,
      "gateway",
      { server, image: images[gateway], networks: [networks.edge, networks.plane], commonHosts },
      { parent: this },
    );
    this.upstreamFile = edge.upstream(this.upstream, this.gateway.container.name, this);
    new NginxRoute("api", { edge, hosts: [commonHost({ domain })], upstream: this.upstream, after: [this.upstreamFile] }, { parent: this });
    this.registerOutputs({});
  }
}
