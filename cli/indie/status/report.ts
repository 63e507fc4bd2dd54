// What is made of the answers. Pure.
import { ownServices } from "../../../spec/capacity.ts";
import { databaseName } from "../../../spec/names.ts";
import type { CertificateState } from "../../../components/certificateStatus.ts";
import type { StatusJson } from "../json.ts";
import type { Container } from "../work/containers.ts";
import { type Answers, hasHttps, type KnownProject } from "./ask.ts";
import { outgrown } from "./outgrown.ts";

export type Service = StatusJson["projects"][number]["services"][number];
export type ProjectStatus = StatusJson["projects"][number];

/** What each server has. */
const SERVER = ["postgres", "edge", "gateway", "door", "backup", "scratch"];
/** What each server has whose projects are at https://. */
const HTTPS = ["acme"];
/** What each server with a shared project has. */
const PLANE = ["storage", "imgproxy"];

export function report(stack: string, answers: Answers): StatusJson {
  const { containers = [], server } = answers;
  const services = (project?: string): Service[] =>
    containers
      .filter((each) => each.project === project)
      .map((each) => service(each, answers))
      .toSorted((left, right) => left.service.localeCompare(right.service));
  const projects = (answers.projects ?? []).map((project) => projectStatus(project, services(project.name), answers));
  const shown: Pick<StatusJson, "projects" | "server"> = {
    projects,
    server: {
      services: services(),
      memory: { used: usedBy(containers.map((each) => service(each, answers))), available: server?.memory ?? null },
      freeDisk: server?.freeDisk ?? null,
    },
  };
  const faults = [...answers.faults, ...faultsOf(shown, answers)];
  return { stack, healthy: faults.length === 0, faults, ...shown, outgrown: outgrown(shown) };
}

function service({ name, service: word, state, health, limit }: Container, { memory, server }: Answers): Service {
  const percent = memory?.[name];
  const whole = limit || server?.memory;
  return {
    service: word,
    container: name,
    state,
    health,
    memory: { used: percent === undefined || whole === undefined ? null : Math.round((percent * whole) / 100), limit: limit || null },
  };
}

/** MB of those of which it is known; null where it is known of none. */
export function usedBy(services: Service[]): number | null {
  const known = services.flatMap(({ memory }) => memory.used ?? []);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
}

function projectStatus({ name, url, architecture, state }: KnownProject, services: Service[], { databases, backups }: Answers): ProjectStatus {
  const database = databases?.[databaseName(name)];
  return {
    ...{ name, url, architecture, state, services },
    connections: database === undefined ? null : { used: database.connections, limit: database.limit },
    databaseSize: database === undefined ? null : Math.ceil(database.bytes / 2 ** 20),
    lastProvenBackup: backups?.[name]?.lastProvenBackup ?? null,
    // It wrote nothing yet of one that it was told of just now.
    provenBackups: backups === undefined ? null : (backups[name]?.provenBackups ?? 0),
  };
}

function faultsOf({ projects, server }: Pick<StatusJson, "projects" | "server">, { containers, backups, told, certificates = {} }: Answers): string[] {
  const present = projects.filter(({ state }) => state === "present");
  const isShared = present.some(({ architecture }) => architecture === "shared");
  return [
    ...serviceFaults("the server", server.services, containers === undefined ? [] : [...SERVER, ...(hasHttps(projects) ? HTTPS : []), ...(isShared ? PLANE : [])]),
    ...projects.flatMap(({ name, architecture, state, services }) =>
      serviceFaults(name, services, containers === undefined || state !== "present" ? [] : leastServices(architecture)),
    ),
    // It makes backups of whom it was told of by an update, and a volume that was lost tells it of nobody.
    ...present.filter(({ name }) => told !== undefined && !told.includes(name)).map(({ name }) => `${name}: the backup container does not know it, and makes no backup of it (doctor --fix mends that)`),
    ...Object.entries(certificates).flatMap((certificate) => certificateFaults(certificate)),
    ...projects.flatMap(({ name }) => {
      const failure = backups?.[name]?.lastFailure;
      return failure === undefined ? [] : [`${name}: its last backup failed, ${failure.at}: ${failure.text}`];
    }),
  ];
}

/** Of what nobody gets any more the end is no fault: it is known for the way back (images/acme). */
function certificateFaults([name, { issuer, validUntil, lastError, owners }]: [string, CertificateState], now = Date.now()): string[] {
  if (owners?.length === 0) return [];
  const whose = `the certificate of ${name.replace(/^_\./, "*.")}`;
  if (lastError !== undefined) return [`${whose} ${issuer === "placeholder" ? "is not there yet" : "was not renewed"}: ${lastError.text} (${lastError.at})`];
  return new Date(validUntil).getTime() <= now ? [`${whose} ended on ${validUntil.slice(0, 10)}`] : [];
}

/** Whatever else it says, a project of that kind has these. */
const leastServices = (architecture: KnownProject["architecture"]): string[] => ownServices({ architecture, services: { realtime: "off", studio: false } });

function serviceFaults(whose: string, services: Service[], expected: string[]): string[] {
  const missing = expected.filter((word) => !services.some((each) => each.service === word));
  const ill = services.flatMap(({ service: word, state, health }) => {
    if (state !== "running") return [`${whose}: ${word} is ${state}`];
    return health === null || health === "healthy" ? [] : [`${whose}: ${word} is ${health}`];
  });
  return [...(missing.length === 0 ? [] : [`${whose}: there is no ${missing.join(", ")}`]), ...ill];
}

export const isWell = ({ state, health }: Pick<Service, "state" | "health">): boolean => state === "running" && (health === null || health === "healthy");
