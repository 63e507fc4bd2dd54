import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fixedName, labels } from "../ours.ts";
import { execIn, type Server, unlessGone } from "../server/server.ts";
import { serviceContainer, type ServiceContainerArgs } from "../services/serviceContainer.ts";
import type { ProjectFragment } from "./decisions.ts";

/** A program that can be the gateway. Its scripts run with bash, as root without any capability. */
export interface GatewayProgram {
  /** Where its changing files are inside the container, on a volume. */
  liveDirectory: string;
  /** `put <project>` takes a fragment from stdin and returns when it is served; `delete <project>` takes it away. */
  fragmentScript: string;
  /** What of a project the program is told. Secret. */
  renderFragment(project: ProjectFragment): string;
  /** @param commonHosts the hosts at which a key alone says which project is meant */
  container(commonHosts: readonly string[]): ProgramContainer;
}

export type ProgramContainer = Pick<ServiceContainerArgs, "entrypoints" | "envs" | "healthcheck" | "stopSignal"> &
  Required<Pick<ServiceContainerArgs, "uploads">>;

export interface GatewayArgs {
  program: GatewayProgram;
  server: Server;
  /** The project that it serves. @default all of the plane */
  project?: string;
  image: string;
  networks: ServiceContainerArgs["networks"];
  /** MB. */
  memory: number;
  /** The hosts at which a key alone says which project is meant; no port. */
  commonHosts: readonly string[];
}

/** One gateway: a container that does not change with the projects, and a fragment of routes for each of them. */
export class Gateway extends pulumi.ComponentResource {
  /** The container that serves now; made by Pulumi, so another one after each replacement. */
  readonly container: docker.Container;
  private readonly server: Server;
  private readonly program: GatewayProgram;
  private readonly volume: docker.Volume;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Gateway", name, {}, opts);
    this.server = args.server;
    this.program = args.program;
    this.volume = this.createVolume(name, args);
    this.container = this.createContainer(name, args);
    this.registerOutputs({});
  }

  /** Routes of one project, written when what is in `after` is there. Returns when they are served. */
  fragment(project: string, fragment: pulumi.Output<ProjectFragment>, after: pulumi.Resource[] = []) {
    // By the volume, not by name: the container has another one after each replacement, and the files are the same.
    const byVolume = '--filter volume="$VOLUME"';
    const inGateway = (words: string) => execIn("gateway", `--interactive "$container" bash ${this.program.fragmentScript} ${words}`, `--latest ${byVolume}`);
    return this.server.exec(
      `${project}-fragment`,
      {
        create: inGateway('put "$PROJECT"'),
        delete: unlessGone(inGateway('delete "$PROJECT"'), byVolume),
        stdin: pulumi.secret(fragment.apply(this.program.renderFragment)),
        environment: { VOLUME: this.volume.name, PROJECT: project },
      },
      { parent: this, dependsOn: [this.container, ...after] },
    );
  }

  private createVolume(name: string, { project }: GatewayArgs) {
    return new docker.Volume(
      name,
      { name: fixedName(this.server.stack, name), labels: labels(this.server, "gateway", project) },
      { parent: this, provider: this.server.docker },
    );
  }

  private createContainer(name: string, { server, project, image, networks, memory, commonHosts }: GatewayArgs) {
    return serviceContainer(
      name,
      {
        server,
        service: "gateway",
        project,
        image,
        networks,
        // Root without any capability, and not the image's user: its files on the volume are 0600 and hold keys.
        user: "0:0",
        volumes: [{ volumeName: this.volume.name, containerPath: this.program.liveDirectory }],
        ...this.program.container(commonHosts),
        memory,
      },
      { parent: this },
    );
  }
}
