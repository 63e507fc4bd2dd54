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
  refuseKey(key);
  const { name: chosen, url, studio, ...project } = await projectWithSecrets(context, { name, command: "keys", verb: "show the keys of" });
  const values = Object.fromEntries(KEYS.map((each) => [each, project[each]])) as Record<Key, string>;
  if (context.json) {
    const result: KeysJson = { stack: context.stack, name: chosen, url, ...values, ...(studio === undefined ? {} : { studio }) };
    return context.print(JSON.stringify(result, undefined, 2));
  }
  if (key !== undefined) return context.print(values[key as Key]);
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

function refuseKey(key: string | undefined): void {
  if (key === undefined || (KEYS as readonly string[]).includes(key)) return;
  const meant = nearest(key, KEYS);
  throw new Misuse(`There is no key ${quote(key)} → ${meant === undefined ? `there are ${KEYS.join(", ")}` : `did you mean ${meant}?`}`);
}
