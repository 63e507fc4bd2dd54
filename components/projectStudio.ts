import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { GATEWAY_PORT } from "./gateway/decisions.ts";
import { type StackConfig, studioHost, studioUrl } from "../spec/index.ts";
import type { Edge } from "./edge.ts";
import { NginxRoute } from "./nginxRoute.ts";
import type { Server } from "./server/server.ts";
import { service } from "./services/service.ts";
import { STUDIO_PORT, studioEnvironment } from "./services/studio.ts";
import { INNER_HOST } from "./sharedSupabaseStack.ts";
import type { ServedProject, SupabaseStack } from "./supabaseStack.ts";

/** What `projects.<name>.studio` of the stack's outputs holds. */
export interface StudioOutputs {
  url: string;
  user: string;
  password: pulumi.Output<string>;
}

export interface ProjectStudioArgs {
  served: ServedProject;
  stack: StackConfig;
  server: Server;
  /** The edge's, and the one in which it finds the gateway. */
  networks: docker.Network[];
  /** Where the project's services stand. */
  home: SupabaseStack;
  edge: Edge;
  /** Of its host. */
  certificates: pulumi.Resource[];
  image: string;
  /** MB. */
  memory: number;
}

const USER = "supabase";

/** A line of a password file in nginx's salted form (ngx_http_auth_basic_module). The password is too long to be guessed from it. */
export function renderPassword(user: string, password: string, salt: Buffer): string {
  const digest = createHash("sha1").update(password).update(salt).digest();
  return `${user}:{SSHA}${Buffer.concat([digest, salt]).toString("base64")}\n`;
}

/** A Studio, and its site behind a password: it has no login of its own, and rules the project. */
export function projectStudio(args: ProjectStudioArgs, parent: pulumi.Resource): StudioOutputs {
  const { served, stack, edge, certificates } = args;
  const { name, keys } = served;
  const studio = createStudio(args, parent);
  const password = keys.secret("studio-password").apply((value) => value.slice(0, 32));
  // A dot: no project's name has one, so that no other project's site has this name.
  const site = `studio.${name}`;
  const upstreamFile = edge.upstream(site, studio.name, STUDIO_PORT, parent);
  const line = pulumi
    .all([password, keys.secret("studio-password-salt")])
    .apply(([value, salt]) => renderPassword(USER, value, Buffer.from(salt, "hex").subarray(0, 8)));
  const passwords = edge.passwords(site, line, parent);
  new NginxRoute(site, { edge, hosts: [studioHost(name, stack)], upstream: site, passwords: site, after: [upstreamFile, passwords, ...certificates] }, { parent });
  return { url: studioUrl(name, stack), user: USER, password };
}

function createStudio({ served, server, networks, home, image, memory }: ProjectStudioArgs, parent: pulumi.Resource): docker.Container {
  const { name, url, keys, database } = served;
  const secrets = pulumi.all([keys.anonKey, keys.serviceRoleKey, keys.publishableKey, keys.secretKey, keys.jwtSecret]);
  const environment = pulumi
    .all([secrets, database.login("owner"), home.metaCryptoKey])
    .apply(([[anonKey, serviceRoleKey, publishableKey, secretKey, jwtSecret], login, metaCryptoKey]) =>
      studioEnvironment({
        project: name,
        url,
        gatewayUrl: `http://${INNER_HOST}:${GATEWAY_PORT}`,
        database: { host: "postgres", port: 5432, ...login },
        keys: { anonKey, serviceRoleKey, publishableKey, secretKey, jwtSecret },
        metaCryptoKey,
      }),
    );
  return service(
    "studio",
    { server, project: name, image, networks: networks.map((network) => ({ name: network.name })), environment, memory },
    { parent, dependsOn: [database.ready] },
  );
}
