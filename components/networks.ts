import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fixedName, labels } from "./ours.ts";
import type { Server } from "./server/server.ts";

/** The networks of a server, by function and the same for every project: adding a project changes none (DESIGN §4, §13.4). */
export class Networks extends pulumi.ComponentResource {
  /** nginx and the gateways. */
  readonly edge: docker.Network;
  /** The services of the shared plane, its gateway and its door. */
  readonly plane: docker.Network;
  /** Studios of shared projects, and the plane's gateway, which is all that they may ask. */
  readonly ops: docker.Network;
  /** Postgres and the doors. Internal: SQL of a tenant that sends HTTP finds doors, and the host itself, but no way out. */
  readonly db: docker.Network;
  /** The backup container alone: its way out, to a repository elsewhere. */
  readonly backup: docker.Network;

  constructor(name: string, server: Server, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Networks", name, {}, opts);
    this.edge = network(server, "edge", { parent: this });
    this.plane = network(server, "plane", { parent: this });
    this.ops = network(server, "ops", { parent: this });
    this.db = network(server, "db", { parent: this, internal: true });
    this.backup = network(server, "backup", { parent: this });
    this.registerOutputs({});
  }
}

export interface NetworkOptions {
  parent: pulumi.Resource;
  /** The project that it belongs to. @default all */
  project?: string;
  /** No way out of the server. @default false */
  internal?: boolean;
}

export const network = (server: Server, thing: string, { parent, project, internal = false }: NetworkOptions): docker.Network =>
  new docker.Network(
    thing,
    { name: fixedName(server.stack, thing), internal, labels: labels(server, project === undefined ? thing : "network", project) },
    { parent, provider: server.docker, deleteBeforeReplace: true },
  );
