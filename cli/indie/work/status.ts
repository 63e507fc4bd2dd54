import type { Context } from "../context.ts";
import { askServer } from "../status/ask.ts";
import { report } from "../status/report.ts";
import { renderStatus } from "../status/text.ts";

/** `indie status`. @returns whether all is healthy */
export async function status(context: Context): Promise<boolean> {
  const found = report(context.stack, await askServer(context));
  if (context.json) context.print(JSON.stringify(found, undefined, 2));
  else for (const line of renderStatus(found)) context.print(line);
  return found.healthy;
}
