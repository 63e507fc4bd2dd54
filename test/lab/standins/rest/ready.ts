// `--ready`. On its own, because the health check runs every few seconds and should not load the whole server.
import { readConfig } from "./config.ts";
import type { Environment } from "./config.ts";
import { isSpecialHost } from "./hosts.ts";

/** Upstream's health check (src/PostgREST/Client.hs at v14.17): exits 0 or 1. */
export async function ready(env: Environment): Promise<number> {
  const { adminServerHost: host, adminServerPort: port } = readConfig(env);
  const fail = (reason: string): number => {
    process.stderr.write(`ERROR: ${reason}\n`);
    return 1;
  };
  if (port === undefined) return fail("Admin server is not running. Please check admin-server-port config.");
  if (isSpecialHost(host)) {
    return fail(
      `The \`--ready\` flag cannot be used when server-host is configured as "${host}". ` +
        'Please update your server-host config to "localhost".',
    );
  }
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/ready`;
  const response = await fetch(url).catch(() => undefined);
  if (response === undefined) return fail(`connection refused to ${url}`);
  if (!response.ok) return fail(url);
  process.stdout.write(`OK: ${url}\n`);
  return 0;
}
