import type { Project } from "./project.ts";
import type { StackConfig } from "./stackConfig.ts";
import { hasTls } from "./tls.ts";

/** The project's own host, the one that every project has. */
export const projectHost = (name: string, { domain }: Pick<StackConfig, "domain">): string => `${name}.${domain}`;

/** All hosts of a project, its own one first; no port. Sorted, so that another order in the file changes nothing. */
export const projectHosts = (project: Pick<Project, "name" | "domains">, stack: Pick<StackConfig, "domain">): string[] => [
  projectHost(project.name, stack),
  ...project.domains.toSorted(),
];

/** The project's address, without a slash at the end: `https://blog.example.com`, with the port where it is not the usual one. */
export const projectUrl = (name: string, stack: Addresses): string => urlOf(projectHost(name, stack), stack);

/** The host of the project's Studio: below the project's own, so that it is no other project's. */
export const studioHost = (name: string, stack: Pick<StackConfig, "domain">): string => `studio.${projectHost(name, stack)}`;

/** The address of the project's Studio, as {@link projectUrl}. */
export const studioUrl = (name: string, stack: Addresses): string => urlOf(studioHost(name, stack), stack);

/** What addresses are made of. */
export type Addresses = Pick<StackConfig, "domain" | "httpPort" | "httpsPort" | "tls">;

function urlOf(host: string, { httpPort, httpsPort, tls }: Addresses): string {
  const [scheme, port, usual] = hasTls({ tls }) ? ["https", httpsPort, 443] : ["http", httpPort, 80];
  return `${scheme}://${host}${port === usual ? "" : `:${port}`}`;
}

/** The host of all projects, where the key says which is meant. */
export const commonHost = ({ domain }: Pick<StackConfig, "domain">): string => `api.${domain}`;

/** Every host that a project's sites answer to: its Studio's too, while one runs. */
export const hostsOfProject = (project: Pick<Project, "name" | "domains" | "services">, stack: Pick<StackConfig, "domain">): string[] => [
  ...projectHosts(project, stack),
  ...(project.services.studio ? [studioHost(project.name, stack)] : []),
];

/** Every host that is answered. */
export const hostsOfServer = (projects: readonly Pick<Project, "name" | "domains" | "services">[], stack: Pick<StackConfig, "domain">): string[] => [
  commonHost(stack),
  ...projects.flatMap((project) => hostsOfProject(project, stack)),
];

/** Hosts that are the server's own and no project's. */
export const reservedHosts = ({ domain }: Pick<StackConfig, "domain">): string[] => [domain, commonHost({ domain }), "gateway"];
