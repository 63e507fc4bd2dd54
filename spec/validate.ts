// What no single field shows: projects beside each other, joined with the defaults, on this stack. Works on what is written, right or
// wrong, so that these mistakes are in the same report as the schema's.
import { isFields, merge } from "./complete.ts";
import type { Path, SourceFile } from "./document.ts";
import { proposedKey, valueAt } from "./explain.ts";
import { parseDomain } from "./hosts.ts";
import { folderMistakes, type ReadFolder } from "./migrations.ts";
import type { Mistake } from "./report.ts";
import { PROVIDERS } from "./schema.ts";
import { serviceMistakes, studioMistakes } from "./serviceMistakes.ts";
import type { StackConfig } from "./stackConfig.ts";
import { projectHost, reservedHosts, studioHost } from "./url.ts";
import { at, type Written } from "./written.ts";

export interface ValidateArgs {
  source: SourceFile;
  stack: StackConfig;
  /** Whether the stack's config has a key. */
  isSet: (key: string) => boolean;
  readFolder: ReadFolder;
}

export function validate(args: ValidateArgs): Mistake[] {
  const projects = writtenProjects(args.source);
  return [
    ...nameMistakes(projects, args.source),
    ...domainMistakes(projects, args),
    ...projects.flatMap((project) => [
      ...architectureMistakes(project, args.source),
      ...serverMistakes(project, args),
      ...smtpMistakes(project, args.source),
      ...externalMistakes(project, args.source),
      ...serviceMistakes(project, args.source),
      ...(isOnStack(project.merged.server, args.stack) ? onStackMistakes(project, args) : []),
    ]),
  ];
}

/** Whether a project lives on this stack. */
export const isOnStack = (server: unknown, { placement, stack }: StackConfig): boolean => placement === "all" || server === stack;

function writtenProjects({ value }: SourceFile): Written[] {
  const projects = valueAt(value, ["projects"]);
  if (!Array.isArray(projects)) return [];
  const defaults = valueAt(value, ["defaults"]);
  return projects.flatMap((project: unknown, index) => {
    if (!isFields(project)) return [];
    const name = typeof project.name === "string" ? project.name : undefined;
    return [{ path: ["projects", index], name, merged: merge(isFields(defaults) ? defaults : {}, project) as Written["merged"] }];
  });
}

function nameMistakes(projects: Written[], source: SourceFile): Mistake[] {
  const first = new Map<string, Path>();
  return projects.flatMap(({ name, path }) => {
    if (name === undefined) return [];
    const place = [...path, "name"];
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, place);
      return [];
    }
    return [{ offset: source.offset(place), text: `the name is taken by the project at ${source.at(earlier)} → choose another name` }];
  });
}

function domainMistakes(projects: Written[], { source, stack }: ValidateArgs): Mistake[] {
  const reserved = new Set(reservedHosts(stack));
  const names = projects.flatMap(({ name }) => name ?? []);
  const owners = new Map(names.map((name) => [projectHost(name, stack), name]));
  const studios = new Map(names.map((name) => [studioHost(name, stack), name]));
  const first = new Map<string, Path>();
  const mistake = (host: string, place: Path, name?: string): string | undefined => {
    if (reserved.has(host)) return `${host} is the server's own → choose another domain`;
    const owner = owners.get(host);
    if (owner === name && owner !== undefined) return `${host} is the project's own host anyway → delete it`;
    if (owner !== undefined) return `${host} is the own host of project "${owner}" → choose another domain`;
    if (studios.has(host)) return `${host} is the host of the Studio of project "${studios.get(host)}" → choose another domain`;
    const earlier = first.get(host);
    if (earlier !== undefined) return `${host} is written already, at ${source.at(earlier)} → a domain leads to one project`;
    first.set(host, place);
    return undefined;
  };
  return domainsOf(projects).flatMap(({ host, place, name }) => {
    const text = mistake(host, place, name);
    return text === undefined ? [] : [{ offset: source.offset(place), text }];
  });
}

/** All domains in their one spelling; those that are none are the schema's to report. */
function domainsOf(projects: Written[]): { host: string; place: Path; name?: string }[] {
  return projects.flatMap(({ path, name, merged }) => {
    const domains: unknown[] = Array.isArray(merged.domains) ? merged.domains : [];
    return domains.flatMap((domain, index) => {
      const parsed = typeof domain === "string" ? parseDomain(domain) : { mistake: "" };
      return "host" in parsed ? [{ host: parsed.host, place: [...path, "domains", index], name }] : [];
    });
  });
}

function architectureMistakes({ path, merged }: Written, source: SourceFile): Mistake[] {
  const { architecture } = merged;
  return architecture === undefined ? [{ offset: source.offset(path), text: "architecture is missing → write architecture: shared" }] : [];
}

function serverMistakes({ path, merged }: Written, { source, stack }: ValidateArgs): Mistake[] {
  if (stack.placement === "all" || merged.server !== undefined) return [];
  return [{ offset: source.offset(path), text: `server is missing: no stack would take the project → write server: ${stack.stack} under defaults` }];
}

function smtpMistakes({ path, merged }: Written, source: SourceFile): Mistake[] {
  const smtp = valueAt(merged, ["auth", "smtp"]);
  if (!isFields(smtp)) return [];
  const place = ["auth", "smtp"];
  const missing = (field: string, how: string) =>
    smtp[field] === undefined ? [at(source, path, place, `auth.smtp.${field} is missing → ${how}`)] : [];
  return [
    ...missing("host", "write the mail server's host name"),
    // GoTrue sends no mail without a sender (supabase/auth internal/mailer/mailmeclient @bc32168e).
    ...missing("adminEmail", "write the address that mails come from"),
    ...(smtp.password === undefined ? [] : missing("user", "write the login that the password is for")),
    ...(smtp.user === undefined ? [] : missing("password", `write password: { fromConfig: ${proposedKey([...path, ...place, "password"], source.value)} }`)),
  ];
}

function externalMistakes({ path, merged }: Written, source: SourceFile): Mistake[] {
  const external = valueAt(merged, ["auth", "external"]);
  if (!isFields(external)) return [];
  return Object.entries(external).flatMap(([provider, fields]) => {
    if (!isFields(fields) || !PROVIDERS.includes(provider)) return [];
    const place = ["auth", "external", provider];
    const key = proposedKey([...path, ...place, "secret"], source.value);
    return [
      ...(fields.clientId === undefined ? [`clientId is missing → write the client ID that ${provider} gave`] : []),
      ...(fields.secret === undefined ? [`secret is missing → write secret: { fromConfig: ${key} }`] : []),
    ].map((text) => at(source, path, place, `${place.join(".")}.${text}`));
  });
}

/** What is wrong by this stack's config, whose projects only these are. */
const onStackMistakes = (project: Written, args: ValidateArgs): Mistake[] => [
  ...unsetSecrets(project, args),
  ...studioMistakes(project, args.source, args.stack),
  ...folderMistakes(project, args.source, args.readFolder),
];

/** Secrets that this stack's config does not have: said here, before any resource, together with the rest. */
function unsetSecrets({ path, merged }: Written, { source, stack, isSet }: ValidateArgs): Mistake[] {
  const external = valueAt(merged, ["auth", "external"]);
  const places = [
    ["auth", "smtp", "password", "fromConfig"],
    ...(isFields(external) ? Object.keys(external).map((provider) => ["auth", "external", provider, "secret", "fromConfig"]) : []),
  ];
  return places.flatMap((place) => {
    const key = valueAt(merged, place);
    if (typeof key !== "string" || !/^[A-Za-z][\w-]{0,99}$/.test(key) || isSet(key)) return [];
    return [at(source, path, place, `${place.slice(0, -1).join(".")}: the stack's config has no ${key} → pulumi config set --secret ${key} --stack ${stack.stack}`)];
  });
}
