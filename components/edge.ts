import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Certificates } from "./certificates.ts";
import { CERTIFICATES_DIRECTORY, edgeEntrypoint, edgeUploads, LIVE_DIRECTORY } from "./edge/configuration.ts";
import type { Networks } from "./networks.ts";
import { fixedName, labels } from "./ours.ts";
import { execIn, type Server, unlessGone } from "./server/server.ts";
import { serviceContainer } from "./services/serviceContainer.ts";

/**
 * A container's address for nginx. Resolved while it runs: a static one that can not be resolved would stop nginx for all
 * (DESIGN §13.3).
 */
export const renderUpstream = (name: string, { container, port }: { container: string; port: number }): string => `upstream ${name} {
  zone ${name} 64k;
  resolver 127.0.0.11 valid=2s ipv6=off;
  server ${container}:${port} resolve;
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
  /** What it is told of HTTPS. @default it speaks HTTP alone */
  certificates?: Certificates;
}

/** The one nginx of a server. */
export class Edge extends pulumi.ComponentResource {
  readonly certificates?: Certificates;
  private readonly container: docker.Container;
  private readonly server: Server;

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Edge", name, {}, opts);
    this.server = args.server;
    this.certificates = args.certificates;
    this.container = this.createContainer(name, args);
    this.registerOutputs({});
  }

  /** How sites reach a container. A file of its own, so that a container that is replaced changes no site. */
  upstream(name: string, container: pulumi.Output<string>, port: number, parent: pulumi.Resource) {
    const text = container.apply((value) => renderUpstream(name, { container: value, port }));
    return this.file(`${name}-upstream`, "upstreams", name, text, parent, []);
  }

  /** Who may enter a site, by password. Secret. */
  passwords(name: string, text: pulumi.Output<string>, parent: pulumi.Resource) {
    return this.file(`${name}-passwords`, "passwords", name, pulumi.secret(text), parent, []);
  }

  /** One project's site; written when what is in `after` is there. */
  site(name: string, text: string, parent: pulumi.Resource, after: pulumi.Resource[]) {
    return this.file(`${name}-site`, "sites", name, text, parent, after);
  }

  /** What a site serves by HTTPS, with certificates that are in `after`. A file of its own: without them nginx would not even start. */
  https(name: string, text: string, parent: pulumi.Resource, after: pulumi.Resource[]) {
    return this.file(`${name}-https`, "https", name, text, parent, after);
  }

  private file(
    name: string,
    folder: "sites" | "upstreams" | "passwords" | "https",
    file: string,
    stdin: pulumi.Input<string>,
    parent: pulumi.Resource,
    after: pulumi.Resource[],
  ) {
    const inEdge = (words: string) => execIn("edge", `--interactive "$container" bash /etc/nginx/file.sh ${words}`);
    return this.server.exec(
      name,
      {
        create: inEdge('put "$FOLDER" "$FILE"'),
        delete: unlessGone(inEdge('delete "$FOLDER" "$FILE"')),
        stdin,
        environment: { CONTAINER: fixedName(this.server.stack, "edge"), FOLDER: folder, FILE: file },
      },
      { parent, dependsOn: [this.container, ...after] },
    );
  }

  private createContainer(name: string, { server, networks, image, bind, httpPort, certificates }: EdgeArgs) {
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
        ports: [{ internal: 80, external: httpPort, ip: bind }, ...(certificates === undefined ? [] : [{ internal: 443, external: certificates.port, ip: bind }])],
        entrypoints: edgeEntrypoint(certificates !== undefined),
        uploads: edgeUploads(certificates?.port),
        volumes: [
          { volumeName: volume.name, containerPath: LIVE_DIRECTORY },
          ...(certificates === undefined ? [] : [{ volumeName: certificates.volume, containerPath: CERTIFICATES_DIRECTORY, readOnly: true }]),
        ],
        healthcheck: ["CMD", "bash", "-c", "</dev/tcp/127.0.0.1/80"],
        capabilities: ["CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"],
        // Graceful: requests in flight are answered.
        stopSignal: "SIGQUIT",
      },
      { parent: this },
    );
  }
}
