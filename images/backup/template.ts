// The server's template for projects' databases, as a dump: nobody's data is in it. A scratch server's is made of it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
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

/** What changes when the template does: its objects are made under its number, and by the images. */
async function templateKey(server: Postgres, images: readonly string[]): Promise<string> {
  const oid = await withClient({ server, login: server.superuser, database: "postgres" }, async (client) =>
    (await client.query<{ oid: string }>("select oid::text from pg_database where datname = $1", [TEMPLATE])).rows[0]?.oid,
  );
  if (oid === undefined) throw new Stop(`This server's Postgres has no database ${TEMPLATE}. Run: ${runUp()}`);
  return createHash("sha256").update(JSON.stringify([oid, images])).digest("hex").slice(0, 12);
}

/** The dump of the template as it is now; made when there is none yet. */
export async function templateDump(server: Postgres, images: readonly string[]): Promise<string> {
  const folder = join(STATE, "template");
  const file = join(folder, `${await templateKey(server, images)}.dump`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await asSuperuser(server, "postgres", `drop database if exists ${TEMPLATE_COPY}`);
  await asSuperuser(server, "postgres", `create database ${TEMPLATE_COPY} template ${TEMPLATE}`);
  try {
    await runPgDump({ server, login: server.superuser, database: TEMPLATE_COPY }, `${file}.new`, []);
  } finally {
    await asSuperuser(server, "postgres", `drop database if exists ${TEMPLATE_COPY} with (force)`);
  }
  for (const old of await readdir(folder)) if (old.endsWith(".dump")) await rm(join(folder, old));
  await rename(`${file}.new`, file);
  return file;
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
