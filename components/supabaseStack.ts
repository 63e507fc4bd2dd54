import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Endpoint } from "./gateway/decisions.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { ServiceName } from "./gateway/routes.ts";
import type { ProjectDatabase } from "./projectDatabase.ts";
import type { ProjectKeys } from "./projectKeys.ts";
import { encryptConnection, META_PORT } from "./services/meta.ts";
import type { StorageKeys } from "./services/storage.ts";

/** Of a project, what services that others share with it, or that are its own, need to know. */
export interface ServedProject {
  name: string;
  /** Its address, without a path. */
  url: string;
  /** Its address without the scheme: host, and port where it is not 80. */
  hostAndPort: string;
  keys: ProjectKeys;
  database: ProjectDatabase;
  /** The folder of its files. */
  files: pulumi.Resource;
  /** Whether a Studio runs for it. */
  studio: boolean;
}

export type Endpoints = Partial<Record<ServiceName, Endpoint>>;

/** Where a project's services stand: the plane, or a stack of its own. */
export interface SupabaseStack {
  /** The network of the services. Postgres is `postgres:5432` there. */
  readonly network: docker.Network;
  /** The way to Postgres in that network. */
  readonly door: pulumi.Resource;
  readonly gateway: Gateway;
  /** The name under which sites reach the gateway, and what must be there before. */
  readonly upstream: string;
  readonly upstreamFile: pulumi.Resource;
  /** The network in which a Studio finds the gateway under the name `gateway`. */
  readonly studioNetwork: docker.Network;
  /** Writes connections for postgres-meta. Secret. */
  readonly metaCryptoKey: pulumi.Output<string>;
  /** Storage and meta, as they serve the project. */
  serve(project: ServedProject, parent: pulumi.Resource): pulumi.Output<Endpoints>;
}

/**
 * Where postgres-meta's requests of one project go. The connection is the gateway's word: meta's default one leads nowhere, and what a
 * client sends is replaced (facts/tenancy.md §5).
 */
export const metaEndpoint = (container: docker.Container, cryptoKey: pulumi.Output<string>, { keys, database }: ServedProject): pulumi.Output<Endpoint> =>
  pulumi.all([container.name, cryptoKey, keys.secret("meta-salt"), database.serviceUrl("owner")]).apply(([name, key, salt, url]) => ({
    container: name,
    port: META_PORT,
    // The salt is the project's, so that the text does not change by itself.
    headers: { "x-connection-encrypted": encryptConnection(url, key, Buffer.from(salt, "hex").subarray(0, 8)) },
  }));

/** Secret. */
export const storageKeys = ({ anonKey, serviceRoleKey, jwtSecret, jwks }: ProjectKeys): pulumi.Output<StorageKeys> =>
  pulumi.all([anonKey, serviceRoleKey, jwtSecret, jwks]).apply(([anon, serviceRole, secret, set]) => ({
    anonKey: anon,
    serviceRoleKey: serviceRole,
    jwtSecret: secret,
    jwks: set,
  }));
