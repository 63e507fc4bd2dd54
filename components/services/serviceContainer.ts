import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Server } from "../server/server.ts";
import { labels } from "../ours.ts";

export interface ServiceContainerArgs {
  server: Server;
  /** The service's word: `auth`, `rest`, `gateway` … */
  service: string;
  /** The project it serves; none for what all share. */
  project?: string;
  image: string;
  /** Made on the server itself, so that it is pulled from nowhere. @default false */
  isBuilt?: boolean;
  /** `none`: it has no network at all, and {@link networks} is empty. @default bridge */
  networkMode?: "bridge" | "none";
  /** Names of networks, and the other names that the container has there. */
  networks: { name: pulumi.Input<string>; aliases?: string[] }[];
  /** `NAME=value`. Holds secrets, so mark it. */
  envs?: pulumi.Input<string[]>;
  entrypoints?: string[];
  command?: string[];
  /** The check, as Docker's exec form: `["CMD", "…"]`. */
  healthcheck: string[];
  /** MB. @default no limit */
  memory?: number;
  uploads?: { file: string; content: string; executable?: boolean }[];
  /** A volume, or a folder of the server. */
  volumes?: { volumeName?: pulumi.Input<string>; hostPath?: string; containerPath: string; readOnly?: boolean }[];
  /** @default none published */
  ports?: { internal: number; external: number; ip: string }[];
  /** What it calls itself. @default Docker's number for it */
  hostname?: string;
  /** A fixed name; then the old one goes before the new one comes. @default made by Pulumi, and the new one comes first */
  name?: string;
  stopSignal?: string;
  /** Seconds that it has to end by itself. @default 30 */
  destroyGraceSeconds?: number;
  /** Capabilities that it keeps, without `CAP_`; all others are dropped. @default none */
  capabilities?: string[];
  user?: string;
}

export interface ServiceContainerOptions {
  parent: pulumi.Resource;
  dependsOn?: pulumi.Resource[];
}

/** What every container of ours has in common. */
export function serviceContainer(name: string, args: ServiceContainerArgs, opts: ServiceContainerOptions): docker.Container {
  return new docker.Container(
    name,
    {
      name: args.name,
      hostname: args.hostname,
      image: args.image,
      user: args.user,
      entrypoints: args.entrypoints,
      command: args.command,
      envs: args.envs,
      labels: labels(args.server, args.service, args.project),
      networkMode: args.networkMode ?? "bridge",
      networksAdvanced: args.networks,
      ports: args.ports,
      uploads: args.uploads,
      volumes: args.volumes,
      capabilities: { adds: args.capabilities?.map((capability) => `CAP_${capability}`), drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      ...(args.memory === undefined ? {} : { memory: args.memory, memorySwap: args.memory }),
      healthcheck: { tests: args.healthcheck, ...args.server.healthcheckTimes },
      wait: true,
      // Twenty that start at once on two busy cores need more than two minutes (seen); one that never will is given up after this.
      waitTimeout: 300,
      // `unless-stopped` stays down after dockerd was killed (facts/ops.md §3.6).
      restart: "always",
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      stopSignal: args.stopSignal,
      // Unset, the provider kills at once (facts/pulumi.md §1.3).
      destroyGraceSeconds: args.destroyGraceSeconds ?? 30,
    },
    {
      ...opts,
      provider: args.server.docker,
      dependsOn: [...(args.isBuilt ? [] : [args.server.image(args.image)]), ...(opts.dependsOn ?? [])],
      deleteBeforeReplace: args.name !== undefined,
      // Accepted by the provider as updates, but never applied to the container (facts/pulumi.md §1.2).
      replaceOnChanges: ["healthcheck", "tmpfs", "init", "cpuPeriod", "cpuQuota"],
    },
  );
}
