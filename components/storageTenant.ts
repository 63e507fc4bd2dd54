import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { readComponentFile } from "./files.ts";
import { execIn, type Server, unlessGone } from "./server/server.ts";
import { STORAGE_ADMIN_PORT, type StorageKeys, storageTenantBody } from "./services/storage.ts";

export interface StorageTenantArgs {
  server: Server;
  /** The plane's Storage. */
  container: docker.Container;
  /** Secret. */
  adminApiKey: pulumi.Output<string>;
  project: string;
  /** Of Storage's login in the project's database. Secret. */
  databaseUrl: pulumi.Output<string>;
  /** Secret. */
  keys: pulumi.Output<StorageKeys>;
  /** What must be done before Storage may connect. */
  ready: pulumi.Resource[];
}

/** Makes a project a tenant of the plane's Storage, and its tables of that version: done anew after the container is another one. */
export function storageTenant({ server, container, adminApiKey, project, databaseUrl, keys, ready }: StorageTenantArgs, parent: pulumi.Resource) {
  const stdin = pulumi
    .all([adminApiKey, databaseUrl, keys])
    .apply(([apiKey, url, values]) => JSON.stringify({ project, adminPort: STORAGE_ADMIN_PORT, apiKey, body: storageTenantBody(url, values) }));
  const inStorage = (word: string) => execIn("storage", `--interactive "$container" node --input-type=module --eval "$SCRIPT" ${word}`);
  return server.exec(
    `${project}-storage-tenant`,
    {
      create: inStorage("put"),
      delete: unlessGone(inStorage("delete")),
      stdin: pulumi.secret(stdin),
      environment: { CONTAINER: container.name, SCRIPT: readComponentFile("services/storageTenant.mjs") },
    },
    { parent, dependsOn: [container, ...ready] },
  );
}
