import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { METADATA_CONNECTIONS } from "../spec/index.ts";
import { readComponentFile } from "./files.ts";
import type { Endpoint } from "./gateway/decisions.ts";
import { MetadataDatabase, type MetadataDatabaseArgs } from "./metadataDatabase.ts";
import type { PostgresServer } from "./postgresServer.ts";
import type { DatabaseLogin } from "./projectDatabase.ts";
import type { Server } from "./server/server.ts";
import { detachedBody, REALTIME_PORT, realtimeEnvironment, tenantApiToken, tenantBody } from "./services/realtime.ts";
import { service } from "./services/service.ts";
import { renderTenantRequests } from "./services/tenantRequests.ts";

export interface RealtimeServerArgs {
  server: Server;
  postgres: PostgresServer;
  image: string;
  network: docker.Network;
  /** The way to Postgres in that network. */
  door: pulumi.Resource;
  /** MB. */
  memory: number;
  /** Whose own it is. @default the plane's */
  project?: string;
  /** 64 hexadecimal characters for a purpose. Secret. */
  secret: (purpose: string) => pulumi.Output<string>;
  /** The database of its own tables. */
  metadata: Pick<MetadataDatabaseArgs, "database" | "role" | "password" | "after">;
  /** The end of its slots' names, no other's: 19 characters at most. */
  slotNameSuffix: string;
}

/** A project as a tenant. */
export interface RealtimeTenant {
  project: string;
  /** Secret. */
  jwtSecret: pulumi.Output<string>;
  /** Secret. */
  jwks: pulumi.Output<string>;
  /** Realtime's login in the project's database. Secret. */
  login: pulumi.Output<DatabaseLogin>;
  /** What must be done before Realtime may connect. */
  ready: pulumi.Resource;
}

/** One Realtime: the plane's, with many tenants, or a project's own, with that one. */
export class RealtimeServer extends pulumi.ComponentResource {
  private readonly args: RealtimeServerArgs;
  private readonly container: docker.Container;
  private readonly apiJwtSecret: pulumi.Output<string>;

  constructor(name: string, args: RealtimeServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:RealtimeServer", name, {}, opts);
    this.args = args;
    this.apiJwtSecret = args.secret("realtime-api-jwt-secret");
    const metadata = new MetadataDatabase(
      name,
      { server: args.server, postgres: args.postgres, connections: METADATA_CONNECTIONS.realtime, ...args.metadata },
      { parent: this },
    );
    this.container = this.createContainer(metadata);
    this.registerOutputs({});
  }

  /** Where a tenant's requests go. The host says which tenant is meant, whatever the client wrote (facts/tenancy.md §1.3). */
  endpoint(project: string): pulumi.Output<Endpoint> {
    return this.container.name.apply((container) => ({ container, port: REALTIME_PORT, host: project }));
  }

  /** Makes a project a tenant. A resource of this Realtime's: a project that moves to another leaves this one. */
  tenant({ project, jwtSecret, jwks, login, ready }: RealtimeTenant): pulumi.CustomResource {
    const { server } = this.args;
    const requests = pulumi.all([jwtSecret, jwks, login, this.apiJwtSecret]).apply(([secret, keys, database, apiJwtSecret]) =>
      renderTenantRequests(project, tenantApiToken(apiJwtSecret), {
        put: tenantBody({ tenant: project, jwtSecret: secret, jwks: keys, database }),
        detach: detachedBody(),
      }),
    );
    return server.exec(
      `${project}-realtime-tenant`,
      {
        create: 'exec sh -c "$SCRIPT" realtime-tenant put',
        // A project's own goes, with the database that the tenant is in.
        delete: this.args.project === undefined ? 'exec sh -c "$SCRIPT" realtime-tenant delete' : undefined,
        stdin: pulumi.secret(requests),
        environment: {
          SCRIPT: readComponentFile("services/realtimeTenant.sh"),
          CONTAINER: this.container.name,
          PROJECT: project,
          STACK: server.stack,
        },
      },
      { parent: this, dependsOn: [this.container, ready] },
    );
  }

  private createContainer(metadata: MetadataDatabase): docker.Container {
    const { server, project, image, network, door, memory, secret, slotNameSuffix } = this.args;
    const environment = pulumi
      .all([metadata.login, this.apiJwtSecret, secret("realtime-encryption-key"), secret("realtime-metrics"), secret("realtime-cookies")])
      .apply(([database, apiJwtSecret, encryptionKey, metricsJwtSecret, secretKeyBase]) =>
        realtimeEnvironment({ database, apiJwtSecret, encryptionKey: encryptionKey.slice(0, 16), metricsJwtSecret, secretKeyBase, slotNameSuffix }),
      );
    return service(
      "realtime",
      { server, project, image, networks: [{ name: network.name }], environment, memory },
      { parent: this, dependsOn: [metadata.ready, door] },
    );
  }
}
