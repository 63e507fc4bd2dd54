// What the components know of the spec: plain, checked data.
import { SpecError } from "./error.ts";
import { type Images, resolveImages } from "./images.ts";
import { loadProjects } from "./load.ts";
import type { ReadFolder } from "./migrations.ts";
import type { Project } from "./project.ts";
import { joinErrors } from "./report.ts";
import { readStackConfig, type StackConfig } from "./stackConfig.ts";

export { GATEWAY_MEMORY, maxConnections, METADATA_CONNECTIONS, ONCE, PLANE, POOLS, postgresSettings, tooSmall } from "./capacity.ts";
export { SpecError } from "./error.ts";
export { IMAGES, imageOf, type ImageName, type Images, resolveImages, SELF_HOSTED } from "./images.ts";
export { versionOf } from "./migrations.ts";
export { databaseName, type RoleNames, roleNames } from "./names.ts";
export type { ExternalProvider, Project, ProjectAuth, ProjectService, SecretReference, Smtp } from "./project.ts";
export { running } from "./services.ts";
export { type GatewayKind, readNotify, type StackConfig } from "./stackConfig.ts";
export { type Certificate, certificateOf, certificatesOf, hasTls, isAcme, type Issuer, type Tls } from "./tls.ts";
export { type Addresses, commonHost, hostsOfProject, hostsOfServer, projectHost, projectHosts, projectUrl, studioHost, studioUrl } from "./url.ts";

export interface LoadSpecArgs {
  /** The Pulumi stack's name. */
  stack: string;
  /** Text of a setting in the namespace `indie-ventures`. */
  get: (key: string) => string | undefined;
  /** Text of a file; throws what Node does. */
  readFile: (path: string) => string;
  /** What is in a folder; throws what Node does. */
  readFolder: ReadFolder;
}

export interface Spec {
  stack: StackConfig;
  /** The projects of this stack, in the file's order. */
  projects: Project[];
  images: Images;
}

/**
 * Settings, projects.yaml and images, read once.
 *
 * @throws SpecError whose message is a report of every mistake; where settings are wrong, of those alone
 */
export function loadSpec({ stack, get, readFile, readFolder }: LoadSpecArgs): Spec {
  const config = readStackConfig(get, stack);
  const read = (key: string) => (path: string) => readOrExplain(path, readFile, `indie-ventures:${key}`, stack);
  const errors: SpecError[] = [];
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      errors.push(error);
      return undefined;
    }
  };
  const file = config.projectsFile;
  const loaded = attempt(() => loadProjects(read("projectsFile")(file), file, config, (key) => get(key) !== undefined, readFolder));
  const images = attempt(() => resolveImages(config.images, read("images")));
  if (loaded === undefined || images === undefined) throw joinErrors(errors);
  return { stack: config, projects: loaded.projects, images };
}

function readOrExplain(path: string, readFile: (path: string) => string, key: string, stack: string): string {
  try {
    return readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SpecError(`${path}  can not be read (${code}) → make the file, or name another: pulumi config set ${key} <path> --stack ${stack}`);
  }
}
