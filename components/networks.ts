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
  /** Postgres and the doors. Internal: SQL of a tenant that sends HTTP finds doors, and the host itself, but no way out. */
  readonly db: docker.Network;

  constructor(name: string, server: Server, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Networks", name, {}, opts);
    const network = (thing: string, internal: boolean) =>
      new docker.Network(
        thing,
        { name: fixedName(server.stack, thing), internal, labels: labels(server, thing) },
        { parent: this, provider: server.docker, deleteBeforeReplace: true },
      );
    this.edge = network("edge", false);
    this.plane = network("plane", false);
    this.db = network("db", true);
    this.registerOutputs({});
  }
}
