import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FirstDayToClear } from "./contents.ts";
import { quoteLiteral } from "./postgres.ts";

/** Makes room for what a dump brings, in a database with nothing of the project in it. @param roles the project's logins */
export async function renderClear(roles: Iterable<string>, { drops, privileges, schemas }: FirstDayToClear): Promise<string> {
  const settings = { roles: [...roles].join(","), privileges: JSON.stringify(privileges), schemas: JSON.stringify(schemas) };
  const set = Object.entries(settings).map(([name, value]) => `set indie_ventures.${name} = ${quoteLiteral(value)};`);
  return [...set, await readFile(fileURLToPath(new URL("clear.sql", import.meta.url)), "utf8"), ...drops].join("\n");
}
