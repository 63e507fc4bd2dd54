import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { readComponentFile } from "./files.ts";
import type { Networks } from "./networks.ts";
import { fixedName, labels } from "./ours.ts";
import { BY_NAME, runningContainer, type Server } from "./server/server.ts";
import { serviceContainer } from "./services/serviceContainer.ts";
import { GATEWAY_PORT } from "./gateway/decisions.ts";

/** Where nginx's changing files live inside the container, on a volume. */
const LIVE_DIRECTORY = "/etc/nginx/live";

/**
 * A gateway's address for nginx. Resolved while it runs: a static one that can not be resolved would stop nginx for all
 * (DESIGN §13.3).
 */
export const renderUpstream = (name: string, container: string): string => `upstream ${name} {
  zone ${name} 64k;
  resolver 127.0.0.11 valid=2s ipv6=off;
  server ${container}:${GATEWAY_PORT} resolve;
  keepalive 32;
}
`;

export interface EdgeArgs {
  server: Server;
  networks: Networks;
  image: string;
  /** The address of the host that it listens on. */
  bind: string;
  httpPort: number;
}

/** The one nginx of a server. */
export class Edge extends pulumi.ComponentResource {
  private readonly container: docker.Container;
  private readonly server: Server;

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Edge", name, {}, opts);
    this.server = args.server;
    this.container = this.createContainer(name, args);
    this.registerOutputs({});
  }

  /** How sites reach a gateway. A file of its own, so that a gateway that is replaced changes no site. */
  upstream(name: string, container: pulumi.Output<string>, parent: pulumi.Resource) {
    return this.file(`${name}-upstream`, "upstreams", name, container.apply((value) => renderUpstream(name, value)), parent, []);
  }

  /** One project's site; written when what is in `after` is there. */
  site(name: string, text: string, parent: pulumi.Resource, after: pulumi.Resource[]) {
    return this.file(`${name}-site`, "sites", name, text, parent, after);
  }

  private file(
    name: string,
    folder: "sites" | "upstreams",
    file: string,
    stdin: pulumi.Input<string>,
    parent: pulumi.Resource,
    after: pulumi.Resource[],
  ) {
    const inEdge = `${runningContainer(BY_NAME, "edge")} && exec docker exec --interactive "$container" bash /etc/nginx/file.sh`;
    return this.server.exec(
      name,
      {
        create: `${inEdge} put "$FOLDER" "$FILE"`,
        // Content with an edge that is gone: then so are its files.
        delete: `[ -z "$(docker ps --all --quiet ${BY_NAME})" ] || { ${inEdge} delete "$FOLDER" "$FILE"; }`,
        stdin,
        environment: { CONTAINER: fixedName(this.server.stack, "edge"), FOLDER: folder, FILE: file },
      },
      { parent, dependsOn: [this.container, ...after] },
    );
  }

  private createContainer(name: string, { server, networks, image, bind, httpPort }: EdgeArgs) {
    const volume = new docker.Volume(
      name,
      { name: fixedName(server.stack, "edge"), labels: labels(server, "edge") },
      { parent: this, provider: server.docker },
    );
    return serviceContainer(
      name,
      {
        server,
        service: "edge",
        image,
        // It publishes a port, and two containers can not.
        name: fixedName(server.stack, "edge"),
        networks: [{ name: networks.edge.name }],
        ports: [{ internal: 80, external: httpPort, ip: bind }],
        entrypoints: ["bash", "-c", `mkdir -p ${LIVE_DIRECTORY}/{sites,upstreams} && touch ${LIVE_DIRECTORY}/generation.conf && exec nginx`],
        uploads: [
          { file: "/etc/nginx/nginx.conf", content: readComponentFile("edge/nginx.conf") },
          { file: "/etc/nginx/proxy.conf", content: readComponentFile("edge/proxy.conf") },
          { file: "/etc/nginx/file.sh", content: readComponentFile("edge/file.sh") },
        ],
        volumes: [{ volumeName: volume.name, containerPath: LIVE_DIRECTORY }],
        healthcheck: ["CMD", "bash", "-c", "</dev/tcp/127.0.0.1/80"],
        capabilities: ["CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"],
        // Graceful: requests in flight are answered.
        stopSignal: "SIGQUIT",
      },
      { parent: this },
    );
  }
}
