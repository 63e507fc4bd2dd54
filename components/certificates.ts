import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { ACME_MEMORY } from "../spec/capacity.ts";
import { certificateOf, certificatesOf, hostsOfServer, type Images, isAcme, type Project, type StackConfig } from "../spec/index.ts";
import { CERTIFICATES, STATE as ACME_STATE } from "../images/acme/places.ts";
import { builtImage } from "./builtImage.ts";
import { endingSoon, type Pair, parseChain, readManualCertificates } from "./manualCertificates.ts";
import { network } from "./networks.ts";
import { fixedName, labels } from "./ours.ts";
import { execIn, type Server, unlessGone } from "./server/server.ts";
import { serviceContainer } from "./services/serviceContainer.ts";

/** A file of the container that only it has. */
const ROOTS = "/etc/indie-ventures/server-roots.pem";

export interface CertificatesArgs {
  server: Server;
  images: Images;
  stack: StackConfig;
  projects: readonly Project[];
}

/** Of what somebody brings in files. */
export interface CertificateFiles {
  /** By host; of `manual` alone. */
  pairs: Record<string, Pair>;
  /** What the certificate authority itself is checked with, PEM. @default the system's */
  serverRoots?: string;
}

/**
 * What the settings name in files, read and checked.
 *
 * @throws RunError with everything that is wrong
 */
export function readCertificateFiles(stack: StackConfig, projects: readonly Project[]): CertificateFiles {
  const { issuer, serverRoots } = stack.tls;
  const pairs = issuer === "manual" ? readManualCertificates(hostsOfServer(projects, stack), stack) : {};
  return { pairs, ...(isAcme(stack.tls) && serverRoots !== undefined ? { serverRoots: readRoots(serverRoots, stack.stack) } : {}) };
}

function readRoots(path: string, stack: string): string {
  const how = `pulumi config set --path indie-ventures:tls.serverRoots <file> --stack ${stack}`;
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new pulumi.RunError(`indie-ventures:tls.serverRoots  ${path} can not be read (${code}) → make the file, or name another: ${how}`);
  }
  if (parseChain(text) === undefined) throw new pulumi.RunError(`indie-ventures:tls.serverRoots  ${path} has something that is no certificate → certificates alone, PEM: ${how}`);
  return text;
}

/**
 * Certificates of all hosts: one container that gets and renews them, by itself (images/acme). An update tells it which are wanted and never waits for a
 * certificate authority: until there is one, a certificate that the container made itself stands in its place.
 */
export class Certificates extends pulumi.ComponentResource {
  /** Where HTTPS is published. */
  readonly port: number;
  /** The name of the volume with the certificates. */
  readonly volume: pulumi.Output<string>;
  private readonly args: CertificatesArgs;
  private readonly files: CertificateFiles;
  private readonly container: docker.Container;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Certificates", name, {}, opts);
    this.args = args;
    this.files = readCertificateFiles(args.stack, args.projects);
    for (const warning of endingSoon(this.files.pairs)) pulumi.log.warn(warning, this);
    this.port = args.stack.httpsPort;
    const volume = this.createVolume("certificates");
    this.volume = volume.name;
    this.container = this.createContainer(volume);
    this.registerOutputs({});
  }

  /** What the certificate of a host is called. */
  nameOf(host: string): string {
    return certificateOf(host, this.args.stack).name;
  }

  /** Tells the container which hosts somebody has. What is returned is done when each has a certificate, be it one that no browser believes. */
  want(owner: string, hosts: readonly string[], parent: pulumi.Resource): pulumi.Resource[] {
    const { server, stack } = this.args;
    const wanted = server.exec(
      `${owner}-certificates`,
      {
        create: inAcme('--interactive "$container" sh tell.sh want "$OWNER"'),
        delete: unlessGone(inAcme('"$container" sh tell.sh unwant "$OWNER"')),
        stdin: `${JSON.stringify({ names: certificatesOf(hosts, stack) })}\n`,
        environment: { CONTAINER: fixedName(server.stack, "acme"), OWNER: owner },
      },
      { parent, dependsOn: [this.container] },
    );
    return [wanted, ...(stack.tls.issuer === "manual" ? hosts.map((host) => this.put(host, parent, wanted)) : [])];
  }

  private put(host: string, parent: pulumi.Resource, wanted: pulumi.Resource): pulumi.Resource {
    const { server } = this.args;
    return server.exec(
      `${host}-certificate`,
      {
        create: inAcme('--interactive "$container" sh tell.sh put "$NAME"'),
        stdin: pulumi.secret(`${JSON.stringify(this.files.pairs[host])}\n`),
        environment: { CONTAINER: fixedName(server.stack, "acme"), NAME: host },
      },
      { parent, dependsOn: [wanted] },
    );
  }

  /** It stays on the server when HTTPS is turned off: its keys and the account are there when it is turned on again. */
  private createVolume(thing: string): docker.Volume {
    const { server, stack } = this.args;
    return new docker.Volume(
      thing,
      { name: fixedName(server.stack, thing), labels: labels(server, "acme") },
      { parent: this, provider: server.docker, retainOnDelete: stack.protectData },
    );
  }

  private createContainer(certificates: docker.Volume): docker.Container {
    const { server, images } = this.args;
    const { serverRoots } = this.files;
    const { image, built } = builtImage("acme", { server, named: images.acme, parent: this });
    return serviceContainer(
      "acme",
      {
        server,
        service: "acme",
        image,
        isBuilt: built.length > 0,
        name: fixedName(server.stack, "acme"),
        // Its way out, to certificate authorities, and nobody else is in it.
        networks: [{ name: network(server, "acme", { parent: this }).name }],
        envs: this.environment(),
        ...(serverRoots === undefined ? {} : { uploads: [{ file: ROOTS, content: serverRoots }] }),
        volumes: [
          { volumeName: certificates.name, containerPath: CERTIFICATES },
          { volumeName: this.createVolume("acme").name, containerPath: ACME_STATE },
        ],
        healthcheck: ["CMD", "test", "-e", `${ACME_STATE}/status.json`],
        memory: ACME_MEMORY,
      },
      { parent: this, dependsOn: built },
    );
  }

  private environment(): pulumi.Output<string[]> {
    const { tls, dnsApi } = this.args.stack;
    const token = tls.issuer === "letsencrypt-dns" ? new pulumi.Config("indie-ventures").requireSecret("dnsToken") : pulumi.output(undefined);
    return pulumi.secret(token).apply((dnsToken) => [
      `ISSUER=${tls.issuer}`,
      ...(isAcme(tls) ? [`ACME_SERVER=${tls.server}`, `ACME_EMAIL=${tls.email}`] : []),
      ...(this.files.serverRoots === undefined ? [] : [`ACME_SERVER_ROOTS=${ROOTS}`]),
      ...(dnsToken === undefined ? [] : [`DNS_API=${dnsApi}`, `DNS_TOKEN=${dnsToken}`]),
    ]);
  }
}

/** `sh tell.sh …`: one at a time, as an update of many projects tells of all of them at once. */
const inAcme = (words: string): string => execIn("container for certificates", words);
