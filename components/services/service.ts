import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fixedName } from "../ours.ts";
import type { Server } from "../server/server.ts";
import { AUTH_HEALTHCHECK } from "./auth.ts";
import { IMGPROXY_HEALTHCHECK } from "./imgproxy.ts";
import { META_HEALTHCHECK } from "./meta.ts";
import { REALTIME_HEALTHCHECK } from "./realtime.ts";
import { REST_HEALTHCHECK } from "./rest.ts";
import { serviceContainer, type ServiceContainerArgs } from "./serviceContainer.ts";
import { STORAGE_HEALTHCHECK } from "./storage.ts";
import { STUDIO_HEALTHCHECK } from "./studio.ts";

/** What is asked inside each of them. */
export const HEALTHCHECKS = {
  auth: AUTH_HEALTHCHECK,
  rest: REST_HEALTHCHECK,
  realtime: REALTIME_HEALTHCHECK,
  storage: STORAGE_HEALTHCHECK,
  imgproxy: IMGPROXY_HEALTHCHECK,
  meta: META_HEALTHCHECK,
  studio: STUDIO_HEALTHCHECK,
};

export interface ServiceArgs {
  server: Server;
  /** Whose own it is. @default the plane's */
  project?: string;
  image: string;
  networks: ServiceContainerArgs["networks"];
  /** Holds secrets. */
  environment: pulumi.Input<Record<string, string>>;
  /** MB. */
  memory: number;
  volumes?: ServiceContainerArgs["volumes"];
}

export interface ServiceOptions {
  parent: pulumi.Resource;
  dependsOn?: pulumi.Resource[];
}

/** A container of one of Supabase's services: the same in the plane and in a project of its own. */
export function service(word: keyof typeof HEALTHCHECKS, { environment, ...args }: ServiceArgs, opts: ServiceOptions): docker.Container {
  const name = args.project === undefined ? word : `${args.project}-${word}`;
  return serviceContainer(
    name,
    {
      ...args,
      service: word,
      // Two that serve the same tenants would fight for their slots: the old one goes first (DESIGN §13.14).
      ...(word === "realtime" ? { name: fixedName(args.server.stack, name) } : {}),
      envs: pulumi.secret(pulumi.output(environment).apply(asList)),
      healthcheck: HEALTHCHECKS[word],
    },
    opts,
  );
}

const asList = (environment: Record<string, string>): string[] =>
  Object.entries(environment).map(([name, value]) => `${name}=${value}`);
