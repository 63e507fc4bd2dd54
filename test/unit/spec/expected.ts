import { domainToASCII } from "node:url";
import { parse } from "yaml";

type Fields = Record<string, unknown>;

const MEMORY = { auth: 96, rest: 128, realtime: 384, storage: 256, imgproxy: 192, meta: 160, studio: 384, gateway: 128 };
const LIMITS = { connections: 44, memory: MEMORY };
const BACKUPS = { schedule: "0 3 * * *", keep: { daily: 7, weekly: 4, monthly: 6 } };
const FILLED_IN = { state: "present", purgeAfterDays: 14, backups: BACKUPS, domains: [], keys: { generation: 1 }, auth: {}, services: {}, versions: {}, limits: LIMITS };

/** What plain YAML says that the projects are: the other way to read the file, without positions, schema and checks. */
export function expectedProjects(text: string): unknown[] {
  const { defaults = {}, projects, ...rest } = parse(text) as Fields & { defaults?: Fields; projects: Fields[] };
  if (Object.keys(rest).length > 0) throw new Error(`fields of no meaning: ${Object.keys(rest).join(", ")}`);
  return projects.map((project) => {
    const { server: _, domains, ...fields } = over(over(FILLED_IN, defaults), project) as Fields & { domains: string[] };
    const { schedule, ...backups } = fields.backups as Fields;
    const smtp = (fields.auth as { smtp?: Fields }).smtp;
    return {
      ...fields,
      auth: { ...(fields.auth as Fields), ...(smtp === undefined ? {} : { smtp: { port: 587, ...smtp } }) },
      backups: schedule === "off" ? backups : { schedule, ...backups },
      domains: domains.map((domain) => domainToASCII(domain).replace(/\.$/, "")),
      services: expectedServices(fields),
    };
  });
}

/** Where no setting names a project for a Studio, and no version is written under `defaults`. */
function expectedServices({ architecture, state, services }: Fields): Fields {
  const { realtime, studio } = services as { realtime?: string; studio?: string };
  const runs = state === "present";
  if (architecture === "isolated") return { realtime: realtime === "off" ? "off" : "dedicated", studio: runs && (studio ?? "always") === "always" };
  return { realtime: realtime ?? "shared", studio: runs && studio === "always" };
}

function over(lower: unknown, upper: unknown): unknown {
  const areGroups = [lower, upper].every((each) => typeof each === "object" && each !== null && !Array.isArray(each));
  if (!areGroups) return upper === undefined ? lower : upper;
  const joined: Fields = { ...(lower as Fields) };
  for (const [key, value] of Object.entries(upper as Fields)) joined[key] = over(joined[key], value);
  return joined;
}
