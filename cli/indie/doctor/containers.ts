// Containers, networks, ports and volumes: those of the state against those of Docker. Pure.
import { fixedName } from "../../../components/ours.ts";
import { stackOption } from "../../options.ts";
import type { Finding } from "./finding.ts";
import type { Should, WantedContainer } from "./should.ts";

export interface FoundContainer {
  id: string;
  name: string;
  labels: Record<string, string>;
  /** Docker's word: running, exited, restarting … */
  state: string;
  health: string | null;
  restart: string;
  /** By name. */
  networks: Record<string, { id: string }>;
  /** `80/tcp` → where it is published. */
  ports: Record<string, { HostIp: string; HostPort: string }[] | null>;
}

export interface FoundNetwork {
  id: string;
  name: string;
  labels: Record<string, string>;
}

/** What Docker has with the stack's label. */
export interface DockerIs {
  containers: FoundContainer[];
  networks: FoundNetwork[];
  /** Names of all volumes. */
  volumes: string[];
}

const whose = ({ project, service }: { project?: string; service: string }): Pick<Finding, "project" | "service"> => ({
  service,
  ...(project === undefined ? {} : { project }),
});

const all = (project: string | undefined): string => (project === undefined ? "projects" : `project ${project}`);

export const checkDocker = (should: Should, is: DockerIs): Finding[] => [
  ...should.volumes.flatMap((volume) => checkVolume(volume, is)),
  ...should.networks.flatMap((network) => checkNetwork(network, is)),
  ...should.containers.flatMap((container) => checkContainer(container, should, is)),
  ...is.containers.flatMap((container) => checkStrayContainer(container, should)),
  ...is.networks.flatMap((network) => checkStrayNetwork(network, should)),
];

function checkVolume(volume: Should["volumes"][number], { volumes }: DockerIs): Finding[] {
  if (volumes.includes(volume.name)) return [];
  return [
    {
      ...{ rule: "volume", ...whose(volume), what: `volume ${volume.name} is gone` },
      why: "what was on it is gone with it, and a new one would be empty",
      fix:
        volume.service === "acme"
          ? `by hand: docker volume create ${volume.name}, then this with --fix: certificates are asked for anew`
          : "by hand: put a copy of it back, or begin anew with the backups (docs/backups.md)",
    },
  ];
}

function checkNetwork(network: Should["networks"][number], { networks }: DockerIs): Finding[] {
  if (networks.some(({ id }) => id === network.id)) return [];
  return [
    {
      ...{ rule: "network", ...whose(network), what: `network ${network.name} is gone` },
      why: `services of ${all(network.project)} can not reach each other`,
      ...{ fix: "pulumi refresh of it alone, then pulumi up", action: { do: "remake", urn: network.urn } },
    },
  ];
}

function checkContainer(wanted: WantedContainer, should: Should, is: DockerIs): Finding[] {
  const found = is.containers.find(({ id }) => id === wanted.id);
  if (found === undefined) return [gone(wanted, is)];
  return [...checkState(wanted, found), ...checkPolicy(wanted, found), ...(found.state === "running" ? [...checkNetworks(wanted, found, should), ...checkPorts(wanted, found)] : [])];
}

function gone(wanted: WantedContainer, { volumes }: DockerIs): Finding {
  const base = { rule: "container", ...whose(wanted), what: `container ${wanted.name} is gone`, why: `${wanted.service} does not run for ${all(wanted.project)}` } as const;
  const missing = wanted.volumes.filter(({ name }) => !volumes.includes(name));
  // Docker would make an empty one, and nobody would notice.
  if (missing.length > 0) return { ...base, fix: `by hand: its volume ${missing.map(({ name }) => name).join(", ")} comes first` };
  return { ...base, fix: "pulumi refresh of it alone, then pulumi up", action: { do: "remake", urn: wanted.urn } };
}

function checkState(wanted: WantedContainer, { id, state, health }: FoundContainer): Finding[] {
  const base = { rule: "container", ...whose(wanted), why: `${wanted.service} does not run for ${all(wanted.project)}` } as const;
  if (state === "exited" || state === "created") return [{ ...base, what: `container ${wanted.name} is ${state}`, fix: "docker start", action: { do: "start", container: id } }];
  if (state === "paused") return [{ ...base, what: `container ${wanted.name} is paused`, fix: "docker unpause", action: { do: "unpause", container: id } }];
  const logs = `by hand: what it says is in docker logs ${wanted.name}`;
  if (state !== "running") return [{ ...base, what: `container ${wanted.name} is ${state}`, fix: logs }];
  // One that starts just now is on its way.
  return health === "unhealthy" ? [{ ...base, what: `container ${wanted.name} is unhealthy`, why: `${wanted.service} does not answer`, fix: logs, settles: true }] : [];
}

function checkPolicy(wanted: WantedContainer, { id, restart }: FoundContainer): Finding[] {
  if (wanted.restart === undefined || wanted.restart === restart) return [];
  return [
    {
      ...{ rule: "container", ...whose(wanted), what: `container ${wanted.name} has restart policy ${restart || "no"}, not ${wanted.restart}` },
      why: "it stays down after the next restart of the server",
      ...{ fix: "docker update --restart", action: { do: "policy", container: id, policy: wanted.restart } },
    },
  ];
}

function checkNetworks(wanted: WantedContainer, { id, networks }: FoundContainer, should: Should): Finding[] {
  return wanted.networks.flatMap(({ name, aliases }): Finding[] => {
    const network = should.networks.find((each) => each.name === name);
    const attached = networks[name];
    // After a network was made anew its containers are in the one before.
    if (network === undefined || attached?.id === network.id) return [];
    return [
      {
        ...{ rule: "network", ...whose(wanted), what: `container ${wanted.name} is not in network ${name}` },
        why: "it does not reach whom it needs there, and is not reached",
        ...{ fix: "docker network connect", action: { do: "connect", container: id, network: name, aliases, isStale: attached !== undefined } },
      },
    ];
  });
}

function checkPorts(wanted: WantedContainer, { id, ports }: FoundContainer): Finding[] {
  return wanted.ports.flatMap(({ internal, external, ip }): Finding[] => {
    const isPublished = (ports[`${internal}/tcp`] ?? []).some(({ HostIp, HostPort }) => HostPort === String(external) && HostIp === ip);
    if (isPublished) return [];
    return [
      {
        ...{ rule: "port", ...whose(wanted), what: `port ${external} of ${ip} does not lead to container ${wanted.name}` },
        why: wanted.service === "door" ? "no database is reached from the server itself, and pulumi up fails" : "no project is reached",
        ...{ fix: "docker restart", action: { do: "restart", container: id } },
      },
    ];
  });
}

/** Of this stack, and of no other state: an object that does not say which state made it is taken for one of this stack's. */
export function isOurs(labels: Record<string, string>, { stack, stateId }: Pick<Should, "stack" | "stateId">): boolean {
  const state = labels["indie-ventures.state"];
  return labels["indie-ventures.stack"] === stack && (state === undefined || state === stateId);
}

const labelled = (labels: Record<string, string>): Pick<Finding, "project" | "service"> =>
  whose({ project: labels["indie-ventures.project"], service: labels["indie-ventures.service"] ?? "unknown" });

function checkStrayContainer({ id, name, labels, state }: FoundContainer, should: Should): Finding[] {
  if (should.known.has(id) || !isOurs(labels, should)) return [];
  // It makes Realtime's tables, and ends by itself (components/database/realtimeSchema.sh).
  if (labels["indie-ventures.service"] === "realtime-schema" && state === "running") return [];
  const base = { rule: "stray", ...labelled(labels), what: `container ${name} is this stack's, and the state does not know it` } as const;
  if (isInUse(name, should))
    return [
      {
        ...base,
        why: "the state has lost it, and projects are served by it: the next update makes a second one",
        fix: `by hand: npx indie up${stackOption(should.stack)} (docs/recovery.md, "taken out of the state"), then this again`,
      },
    ];
  return [{ ...base, why: "it takes memory, and may do what its successor does, a second time", fix: "docker stop, docker rm; its volumes stay", action: { do: "removeContainer", id } }];
}

/** Of a fixed name, or named by a file or a command of the state: who takes it away takes a project down. */
function isInUse(name: string, { stack, commands }: Should): boolean {
  const fixed = ["postgres", "edge", "door", "backup", "scratch", "realtime", "acme"].map((service) => fixedName(stack, service));
  return fixed.includes(name) || commands.some(({ stdin, environment }) => environment.CONTAINER === name || isNamed(name, stdin));
}

const isNamed = (name: string, text: string): boolean => text.split(/[^A-Za-z0-9_.-]+/).includes(name);

function checkStrayNetwork({ id, name, labels }: FoundNetwork, should: Should): Finding[] {
  if (should.known.has(id) || !isOurs(labels, should)) return [];
  const base = { rule: "stray", ...labelled(labels), what: `network ${name} is this stack's, and the state does not know it` } as const;
  if (should.networks.some((network) => network.name === name) || should.containers.some(({ networks }) => networks.some((network) => network.name === name)))
    return [{ ...base, why: "the state has lost it, and containers are in it", fix: `by hand: npx indie up${stackOption(should.stack)} (docs/recovery.md, "taken out of the state")` }];
  return [{ ...base, why: "it takes one of the few address ranges that Docker has", fix: "docker network rm", action: { do: "removeNetwork", id } }];
}
