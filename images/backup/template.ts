// The server's template for projects' databases, as a dump: nobody's data is in it. A scratch server's is made of it.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { runPgDump } from "./dump.ts";
import { asSuperuser, libpqEnvironment, type Postgres, withClient } from "./postgres.ts";
import { STATE } from "./places.ts";
import { endsWithUs } from "./programs.ts";
import { runUp } from "./settings.ts";
import { firstLine, Stop } from "./stop.ts";

const TEMPLATE = "supabase_template";
/** A copy, because nobody can connect to the template itself. No project's name begins so. */
export const TEMPLATE_COPY = "supabase_template_copy";

/**
 * The dump of the template as it is now. Made each time: an update of Realtime changes the template in place, and nothing outside of it tells what
 * is in it (components/database/realtimeSchema.sh).
 */
export async function templateDump(server: Postgres): Promise<string> {
  await requireTemplate(server);
  const folder = join(STATE, "template");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await asSuperuser(server, "postgres", `drop database if exists ${TEMPLATE_COPY}`);
  await asSuperuser(server, "postgres", `create database ${TEMPLATE_COPY} template ${TEMPLATE}`);
  const file = join(folder, "template.dump");
  try {
    await runPgDump({ server, login: server.superuser, database: TEMPLATE_COPY }, file, []);
  } finally {
    await asSuperuser(server, "postgres", `drop database if exists ${TEMPLATE_COPY} with (force)`);
  }
  return file;
}

async function requireTemplate(server: Postgres): Promise<void> {
  const { rowCount } = await withClient({ server, login: server.superuser, database: "postgres" }, (client) => client.query("select from pg_database where datname = $1", [TEMPLATE]));
  if (rowCount === 0) throw new Stop(`This server's Postgres has no database ${TEMPLATE}. Run: ${runUp()}`);
}

/** Makes the template on a scratch server. By a superuser: it is as our own server has it, and no project was ever in it. */
export async function makeTemplate(scratch: Postgres, dumpFile: string): Promise<void> {
  // The image's own server has it as a copy of its first database too.
  await asSuperuser(scratch, "postgres", `create database ${TEMPLATE} template template0`);
  const { exitCode, stderr } = await execa(...endsWithUs("pg_restore", ["--exit-on-error", "--single-transaction", `--dbname=${TEMPLATE}`, dumpFile]), {
    env: libpqEnvironment({ server: scratch, login: scratch.superuser, database: TEMPLATE }),
    extendEnv: false,
    stdin: "ignore",
    reject: false,
  });
  if (exitCode !== 0) throw new Stop(`The template can not be made on the scratch Postgres: ${firstLine(stderr)}`);
}
