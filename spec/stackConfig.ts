import { isIP } from "node:net";
import { quote, SpecError } from "./error.ts";
import { parseHost } from "./hosts.ts";
import { NAME_PATTERN } from "./names.ts";
import { apiOf, hasTls, HETZNER_CLOUD, isSafeUrl, readTls, type Tls } from "./tls.ts";

/** The program that is the gateway of a server. */
export type GatewayKind = "envoy" | "kong";

/** The server's settings: the stack's config in the namespace `indie-ventures`, checked, with defaults filled in. */
export interface StackConfig {
  /** The Pulumi stack = the server. */
  stack: string;
  /** Whose projects it takes: those whose `server` is this stack, or all of the file. @default own */
  placement: "own" | "all";
  /** @default projects.yaml */
  projectsFile: string;
  /** Projects get the host `<name>.<domain>`. @default localhost */
  domain: string;
  /** The host's address that the edge listens on. @default 127.0.0.1 where `domain` is localhost, else 0.0.0.0 */
  bind: string;
  /** @default 80 */
  httpPort: number;
  /** Published where `tls` is not off. @default 443 */
  httpsPort: number;
  tls: Tls;
  /** Where the DNS of `domain` is written, with `letsencrypt-dns` and the secret `dnsToken`. @default Hetzner's */
  dnsApi: string;
  /** Port of Postgres, on 127.0.0.1 only. @default 5432 */
  postgresPort: number;
  /** @default envoy */
  gateway: GatewayKind;
  /** A registry's prefix, or a YAML file of image names. @default upstream's images */
  images?: string;
  /**
   * Where backups are: `local`, a volume of this server; a folder of it by its whole path; or another place in restic's words, such as
   * `s3:https://s3.example.com/bucket`, `sftp:user@host:/folder`, `rest:https://backup.example.com/`. @default local
   */
  backupRepository: string;
  /** Projects whose Studio runs now, besides those that always have one (`services.studio`). @default [] */
  studio: string[];
  /** Whether databases and keys are protected from deletion. @default true */
  protectData: boolean;
}

/**
 * @param get a setting's text; secrets are not asked for
 * @param stack the stack's name
 * @throws SpecError naming every setting that is wrong, and the command that mends it
 */
export function readStackConfig(get: (key: string) => string | undefined, stack: string): StackConfig {
  const mistakes: string[] = [];
  /** The setting, or the default where there is none or a wrong one. */
  const read = <T>(key: string, fallback: T, example: string, parse: (text: string) => T | undefined, must: string): T => {
    const text = get(key);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value === undefined)
      mistakes.push(
        `indie-ventures:${key}  must be ${must}, not ${quote(text)} → pulumi config set indie-ventures:${key} ${example} --stack ${stack}`,
      );
    return value ?? fallback;
  };
  const domain = read("domain", "localhost", "example.com", hostOf, "a host name alone, without scheme, port and path");
  const { tls, mistakes: ofTls } = readTls(get("tls"), { stack, domain, isSet: (key) => get(key) !== undefined });
  const config: StackConfig = {
    stack,
    placement: read("placement", "own", "own", oneOf("own", "all"), "own or all"),
    projectsFile: read("projectsFile", "projects.yaml", "projects.yaml", (text) => text.trim() || undefined, "the path of a file"),
    domain,
    bind: read("bind", domain === "localhost" ? "127.0.0.1" : "0.0.0.0", "127.0.0.1", addressOf, "an address of this server"),
    httpPort: read("httpPort", 80, "80", portOf, "a port, 1 to 65535"),
    httpsPort: read("httpsPort", 443, "443", portOf, "a port, 1 to 65535"),
    tls,
    dnsApi: read("dnsApi", HETZNER_CLOUD, HETZNER_CLOUD, apiOf, "an address that begins with https:// (http:// only to an address of a private network)"),
    postgresPort: read("postgresPort", 5432, "5432", portOf, "a port, 1 to 65535"),
    gateway: read("gateway", "envoy", "envoy", oneOf("envoy", "kong"), "envoy or kong"),
    images: read<string | undefined>("images", undefined, "registry.example.com/mirror", imagesOf, "a registry's prefix or a .yaml file"),
    backupRepository: read("backupRepository", "local", "s3:https://s3.example.com/bucket", repositoryOf, "local, a folder's whole path, or a place as restic writes it"),
    studio: read("studio", [], "blog,docs", namesOf, "names of projects with commas between them"),
    protectData: read("protectData", true, "true", truthOf, "true or false"),
  };
  // Who loses the server must have it, and its own one is lost with the server.
  if (config.backupRepository !== "local" && get("backupPassword") === undefined)
    mistakes.push(
      `indie-ventures:backupPassword  is missing: it opens the backups in ${config.backupRepository} → pulumi config set --secret indie-ventures:backupPassword <one that you keep elsewhere too> --stack ${stack}`,
    );
  if (config.httpPort === config.postgresPort)
    mistakes.push(
      `indie-ventures:postgresPort  is the same as httpPort, ${config.httpPort} → pulumi config set indie-ventures:postgresPort 5432 --stack ${stack}`,
    );
  for (const [key, port] of [["httpPort", config.httpPort], ["postgresPort", config.postgresPort]] as const)
    if (hasTls(config) && config.httpsPort === port)
      mistakes.push(`indie-ventures:httpsPort  is the same as ${key}, ${port} → pulumi config set indie-ventures:httpsPort ${port === 443 ? 8443 : 443} --stack ${stack}`);
  mistakes.push(...ofTls);
  if (mistakes.length > 0) throw new SpecError(mistakes.join("\n"));
  return config;
}

/** Who is told that the backups of a project fail. */
export interface Notify {
  /** Gets a POST with JSON. Secret, as such an address often holds a token. @default nobody is told */
  webhook?: string;
}

/**
 * @param value what the config has at `notify`; it is secret, so no part of it is in an error
 * @throws SpecError with the command that mends it
 */
export function readNotify(value: unknown, stack: string): Notify {
  if (value === undefined) return {};
  const how = `→ pulumi config set --secret --path indie-ventures:notify.webhook https://… --stack ${stack}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SpecError(`indie-ventures:notify  must be an object with a webhook ${how}`);
  const unknown = Object.keys(value).filter((name) => name !== "webhook");
  if (unknown.length > 0) throw new SpecError(`indie-ventures:notify  has the unknown field ${unknown.map(quote).join(", ")}; it knows webhook ${how}`);
  const { webhook } = value as { webhook?: unknown };
  if (webhook !== undefined && !(typeof webhook === "string" && isSafeUrl(webhook)))
    throw new SpecError(`indie-ventures:notify.webhook  must be an address that begins with https:// (http:// only to an address of a private network) ${how}`);
  return value as Notify;
}

const oneOf = <T extends string>(...words: T[]) => (text: string): T | undefined => words.find((word) => word === text);

/** Names of projects go before it: 19 characters and a dot. */
function hostOf(text: string): string | undefined {
  const parsed = parseHost(text);
  return "host" in parsed && parsed.host.length <= 233 ? parsed.host : undefined;
}

const addressOf = (text: string): string | undefined => (isIP(text) === 0 ? undefined : text);

const truthOf = (text: string): boolean | undefined => (text === "true" ? true : text === "false" ? false : undefined);

/** An empty text is none: `pulumi config set indie-ventures:studio ""`. */
function namesOf(text: string): string[] | undefined {
  const names = text.trim() === "" ? [] : text.split(",").map((name) => name.trim());
  return names.every((name) => NAME_PATTERN.test(name)) ? [...new Set(names)] : undefined;
}

function portOf(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** restic's words for a place (https://restic.readthedocs.io/en/stable/030_preparing_a_new_repo.html). A password is none of them. */
const PLACE = /^(?:s3|sftp|b2|azure|gs|swift|rest):[^\s\p{Cc}]+$/u;
const hasPassword = (text: string): boolean => /\/\/[^/@]*:[^/@]*@/.test(text);

const repositoryOf = (text: string): string | undefined =>
  text === "local" || /^\/[^\0\n:]+$/.test(text) || (PLACE.test(text) && !hasPassword(text)) ? text : undefined;

export const isImagesFile = (images: string): boolean => /\.ya?ml$/.test(images);

/** A registry's host, perhaps a port, perhaps a path; no scheme, no slash at the end (Docker's grammar of references). */
const PREFIX = /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

const imagesOf = (text: string): string | undefined => (isImagesFile(text) || PREFIX.test(text) ? text : undefined);
