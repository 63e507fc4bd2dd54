import { domainToASCII } from "node:url";
import { parse } from "yaml";

type Fields = Record<string, unknown>;

const FILLED_IN = { domains: [], keys: { generation: 1 }, auth: {}, limits: { connections: 30, memory: { auth: 128, rest: 256 } } };

/** What plain YAML says that the projects are: the other way to read the file, without positions, schema and checks. */
export function expectedProjects(text: string): unknown[] {
  const { defaults = {}, projects, ...rest } = parse(text) as Fields & { defaults?: Fields; projects: Fields[] };
  if (Object.keys(rest).length > 0) throw new Error(`fields of no meaning: ${Object.keys(rest).join(", ")}`);
  return projects.map((project) => {
    const { server: _, domains, ...fields } = over(over(FILLED_IN, defaults), project) as Fields & { domains: string[] };
    const smtp = (fields.auth as { smtp?: Fields }).smtp;
    return {
      ...fields,
      auth: { ...(fields.auth as Fields), ...(smtp === undefined ? {} : { smtp: { port: 587, ...smtp } }) },
      domains: domains.map((domain) => domainToASCII(domain).replace(/\.$/, "")),
    };
  });
}

function over(lower: unknown, upper: unknown): unknown {
  const areGroups = [lower, upper].every((each) => typeof each === "object" && each !== null && !Array.isArray(each));
  if (!areGroups) return upper === undefined ? lower : upper;
  const joined: Fields = { ...(lower as Fields) };
  for (const [key, value] of Object.entries(upper as Fields)) joined[key] = over(joined[key], value);
  return joined;
}
