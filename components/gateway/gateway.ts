import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { readComponentFile } from "../files.ts";
import { fixedName, labels } from "../ours.ts";
import { runningContainer, type Server } from "../server/server.ts";
import { serviceContainer, type ServiceContainerArgs } from "../services/serviceContainer.ts";
import { ADMIN_PORT, type ForwardedProject, LIVE_DIRECTORY, type ProjectFragment, renderCommonHost, renderForward, renderFragment } from "./envoy.ts";
import { renderBootstrap, renderCandidateBootstrap } from "./envoyBootstrap.ts";

export interface GatewayArgs {
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

/** One Envoy: a listener that never changes, and a fragment of routes for each project. */
export class Gateway extends pulumi.ComponentResource {
  /** The container that serves now; made by Pulumi, so another one after each replacement. */
  readonly container: docker.Container;
  private readonly server: Server;
  private readonly volume: docker.Volume;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Gateway", name, {}, opts);
    this.server = args.server;
    this.volume = this.createVolume(name, args);
    this.container = this.createContainer(name, args);
    this.registerOutputs({});
  }

  /** Routes of one project. Returns when Envoy serves them and what it served before is idle. */
  fragment(project: string, fragment: pulumi.Output<ProjectFragment>) {
    return this.write(project, fragment.apply(renderFragment), []);
  }

  /** What is asked for at the common host with the keys of a project that another gateway serves goes there. */
  forward(project: string, forwarded: pulumi.Output<ForwardedProject>, after: pulumi.Resource[]) {
    return this.write(project, forwarded.apply(renderForward), after);
  }

  private write(project: string, text: pulumi.Output<string>, after: pulumi.Resource[]) {
    // By the volume, not by name: the container has another one after each replacement, and the files are the same.
    const inGateway = `${runningContainer('--latest --filter volume="$VOLUME"', "gateway")} && exec docker exec --interactive "$container" bash /etc/envoy/fragment.sh`;
    return this.server.exec(
      `${project}-fragment`,
      {
        create: `${inGateway} put "$PROJECT"`,
        // Content with a gateway that is gone: then so are its routes.
        delete: `[ -z "$(docker ps --all --quiet --filter volume="$VOLUME")" ] || { ${inGateway} delete "$PROJECT"; }`,
        stdin: pulumi.secret(text),
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
    const lua = readComponentFile("gateway/normalizeRequest.lua");
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
        entrypoints: ["bash", "/etc/envoy/start.sh"],
        uploads: [
          { file: "/etc/envoy/envoy.json", content: renderBootstrap(lua) },
          { file: "/etc/envoy/candidate.json", content: renderCandidateBootstrap(lua) },
          { file: "/etc/envoy/common.json", content: renderCommonHost(commonHosts) },
          { file: "/etc/envoy/start.sh", content: readComponentFile("gateway/start.sh") },
          { file: "/etc/envoy/fragment.sh", content: readComponentFile("gateway/fragment.sh") },
        ],
        volumes: [{ volumeName: this.volume.name, containerPath: LIVE_DIRECTORY }],
        healthcheck: ["CMD", "bash", "-c", `</dev/tcp/127.0.0.1/${ADMIN_PORT} && </dev/tcp/127.0.0.1/8000`],
        memory,
      },
      { parent: this },
    );
  }
}
