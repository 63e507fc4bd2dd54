import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Ours } from "../ours.ts";
import { type HealthcheckTimes, healthcheckTimes } from "./healthcheckTimes.ts";

export interface ServerArgs {
  /** The Pulumi stack; one stack is one server (DESIGN §3). */
  stack: string;
  /** Of the Docker Engine: `29.1.3`. */
  engineVersion: string;
  /** The Docker Engine. @default DOCKER_HOST, else the local socket */
  dockerHost?: pulumi.Input<string>;
}

/** What runs inside a container: a command line, with text on its stdin. */
export interface ExecArgs {
  /** The text of the `docker exec` line; finds everything that varies in the environment, never in its own text. */
  create: string;
  /** Undoes it. Idempotent, and content with a container that is gone. @default nothing */
  delete?: string;
  stdin?: pulumi.Input<string>;
  /** What of its output is shown as progress. @default all */
  logging?: command.local.Logging;
  environment: Record<string, pulumi.Input<string>>;
}

/** A filter of `docker ps`: the container of exactly the name in `$CONTAINER`. */
export const BY_NAME = '--filter name="^$CONTAINER\\$"';

/**
 * Shell that finds a container, into `$container`. One that is stopped is an error: its files would keep what is to be taken away,
 * and serve it again after its next start.
 *
 * @param filter of `docker ps`
 */
export const runningContainer = (filter: string, service: string): string =>
  `container=$(docker ps --quiet --filter status=running ${filter}) && { [ -n "$container" ] || { echo "The ${service} of this server does not run. Start it (docker start), then try again." >&2; exit 1; }; }`;

/**
 * Shell that goes on in the container that {@link runningContainer} finds.
 *
 * @param words of `docker exec` behind its name: options, `"$container"`, the program
 */
export const execIn = (service: string, words: string, filter = BY_NAME): string => `${runningContainer(filter, service)} && exec docker exec ${words}`;

/** Shell of what undoes: content with a container that is gone, as then what is undone is gone too. */
export const unlessGone = (script: string, filter = BY_NAME): string => `[ -z "$(docker ps --all --quiet ${filter})" ] || { ${script}; }`;

/** Where everything runs. This one is the computer that Pulumi itself runs on, or whatever DOCKER_HOST names. */
export class Server extends pulumi.ComponentResource implements Ours {
  readonly stack: string;
  readonly stateId: pulumi.Output<string>;
  readonly docker: docker.Provider;
  readonly healthcheckTimes: HealthcheckTimes;
  private readonly environment: Record<string, pulumi.Input<string>>;
  private readonly images = new Map<string, docker.RemoteImage>();

  constructor(name: string, args: ServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Server", name, {}, opts);
    const parent = this;
    this.stack = args.stack;
    this.healthcheckTimes = healthcheckTimes(args.engineVersion);
    this.stateId = new random.RandomId("state", { byteLength: 8 }, { parent }).hex;
    this.docker = new docker.Provider("docker", { host: args.dockerHost }, { parent });
    this.environment = args.dockerHost === undefined ? {} : { DOCKER_HOST: args.dockerHost };
    this.registerOutputs({ stack: this.stack, stateId: this.stateId });
  }

  /**
   * The image, on the server before anything makes room for a container of it: one with a fixed name is stopped before its successor
   * starts, and a pull that fails in between would leave every project down (seen).
   */
  image(reference: string): docker.RemoteImage {
    const known = this.images.get(reference);
    if (known) return known;
    // Looked for locally first (facts/pulumi.md §1). Kept when no longer wanted: other stacks, and the way back, may need it.
    const image = new docker.RemoteImage(reference, { name: reference, keepLocally: true }, { parent: this, provider: this.docker });
    this.images.set(reference, image);
    return image;
  }

  /** A command on the server's containers. `docker exec` carries it, so that it is the same over SSH (DESIGN §7). */
  exec(name: string, args: ExecArgs, opts: pulumi.CustomResourceOptions): command.local.Command {
    return new command.local.Command(
      name,
      {
        create: args.create,
        delete: args.delete,
        stdin: args.stdin,
        logging: args.logging,
        environment: { ...this.environment, ...args.environment },
        // Output of a former run is of no use to the next, and would be handed to execve (facts/pulumi.md §3).
        addPreviousOutputInEnv: false,
      },
      opts,
    );
  }
}
