import { nearest, quote } from "../../../spec/error.ts";
import { Misuse } from "../../report.ts";
import { type Context, strong } from "../context.ts";
import type { KeysJson } from "../json.ts";
import { projectWithSecrets } from "./oneProject.ts";
import { columns } from "./outputs.ts";

const KEYS = ["publishableKey", "secretKey", "anonKey", "serviceRoleKey", "jwtSecret", "dbUrl"] as const;
type Key = (typeof KEYS)[number];

/**
 * `indie keys`: all keys of a project, or one alone, for scripts.
 *
 * @throws Stop where it is not on the server
 */
export async function keys(context: Context, name: string | undefined, key: string | undefined): Promise<void> {
  if (!isKeyOrNone(key)) throw noSuchKey(key);
  const { name: chosen, url, studio, ...project } = await projectWithSecrets(context, { name, command: "keys", verb: "show the keys of" });
  const values = Object.fromEntries((key === undefined ? KEYS : [key]).map((each) => [each, project[each]]));
  if (context.json) {
    // No other one, where one is asked for: what a script prints may stand in a log.
    const result = { stack: context.stack, name: chosen, url, ...values, ...(studio === undefined || key !== undefined ? {} : { studio }) } as KeysJson;
    return context.print(JSON.stringify(result, undefined, 2));
  }
  if (key !== undefined) return context.print(project[key]);
  const studioRows =
    studio === undefined
      ? []
      : [
          ["Studio", studio.url],
          ["its user", studio.user],
          ["its password", studio.password],
        ];
  context.print(strong(`${chosen}  ${url}`));
  for (const line of columns([...Object.entries(values), ...studioRows])) context.print(line);
}

const isKeyOrNone = (key: string | undefined): key is Key | undefined => key === undefined || (KEYS as readonly string[]).includes(key);

function noSuchKey(key: string): Misuse {
  const meant = nearest(key, KEYS);
  return new Misuse(`There is no key ${quote(key)} → ${meant === undefined ? `there are ${KEYS.join(", ")}` : `did you mean ${meant}?`}`);
}
