// A project that leaves: one tar with all that a stranger needs to run it by upstream's own docker compose file.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Archive } from "./archive.ts";
import { isProven } from "./catalog.ts";
import { renderClear } from "./clear.ts";
import { runPgDump } from "./dump.ts";
import { ArchiveWriter, writeStoredFiles } from "./exportArchive.ts";
import { entriesToExport, firstStartToClear } from "./exportContents.ts";
import { renderComposeFile, renderEnvironment } from "./exportEnvironment.ts";
import { FILES_PATH, renderGuide } from "./exportGuide.ts";
import { giveUpstreamNames, UPSTREAM_OWNERS } from "./exportNames.ts";
import { projectSettings, renderCheck, renderExtras, renderSecrets } from "./exportSql.ts";
import { type Extras, readExtras } from "./extras.ts";
import { type Manifest, withFiles } from "./manifest.ts";
import type { StoredObjects } from "./objects.ts";
import { filesFolder } from "./places.ts";
import { type Postgres, withClient } from "./postgres.ts";
import { type BackupProject, projectNames, readProject } from "./project.ts";
import { type BackupSet, onScratch, withReadBack } from "./prove.ts";
import { archiveOf, readArchiveFile, type RestoredDatabase } from "./restoreDatabase.ts";
import { requireRoomToExport } from "./room.ts";
import { onStack, type Settings } from "./settings.ts";
import { Stop } from "./stop.ts";

export interface ExportProjectArgs {
  settings: Settings;
  /** Of the backup that the archive is made of. */
  manifest: Manifest;
  /** Gets the tar. */
  output: Writable;
  say: (line: string) => void;
}

/** Upstream's own database is called so in its compose file. */
const DATABASE = "postgres";

/** @throws Stop where the archive can not be made; what the output has got then is of no use */
export async function exportProject({ settings, manifest, output, say }: ExportProjectArgs): Promise<void> {
  const { project: name, id } = manifest;
  const why = manifest.faults[0] ?? "its proof did not end";
  if (!isProven(manifest)) throw new Stop(`Backup ${id} of "${name}" is not proven, so no archive is made of it: ${why}`);
  await requireRoomToExport(settings.postgres, name, manifest.dump.bytes);
  await withReadBack(manifest, async (set) => {
    const now = (await projectNames()).includes(name) ? await readProject(name) : undefined;
    const upstream = upstreamOf(manifest, set, now);
    say(`${name}: restoring backup ${id} on the scratch server, to give it upstream's names`);
    const database = await onScratch({ settings, manifest, set, say }, (server, restored) => exportDatabase(server, manifest, set, restored));
    say(`${name}: writing the archive: ${database.objects.count} stored files`);
    await write({ manifest, set, upstream, database, output });
    say(`${name}: all of backup ${id} is in the archive`);
  });
}

type Upstream = NonNullable<BackupProject["upstream"]>;

/**
 * What upstream is told is the backup's, with the keys of then. A backup from before there were archives has the seed alone, and what follows from
 * it Pulumi's program knows.
 *
 * @param now the project as this server has it, if it does
 */
export function upstreamOf({ id, project: name }: Manifest, { project, keys }: Pick<BackupSet, "project" | "keys">, now: BackupProject | undefined): Upstream {
  if (project.upstream !== undefined) return project.upstream;
  const isSame = now?.keys.seed === keys.seed && now.keys.generation === keys.generation;
  if (now?.upstream !== undefined && isSame) return now.upstream;
  throw new Stop(
    `Backup ${id} of "${name}" was made before there were archives, with keys that this server does not have now. ` +
      `Make a new one: npm run indie -- backup ${name}${onStack()}`,
  );
}

interface ExportedDatabase {
  dumpFile: string;
  project: Archive;
  base: Archive;
  extras: Extras;
  objects: StoredObjects;
}

/** Of the database that was restored on the scratch server. */
async function exportDatabase(server: Postgres, { id }: Manifest, set: BackupSet, restored: RestoredDatabase): Promise<ExportedDatabase> {
  const { project, folder } = set;
  const { faults, objects } = restored;
  if (faults.length > 0) throw new Stop(`${project.name}: backup ${id} is not as it was made: ${faults[0]}`);
  const database = project.restoringDatabase;
  const logins = [...UPSTREAM_OWNERS];
  const extrasOf = (of: string) => withClient({ server, login: server.superuser, database: of }, (client) => readExtras(client, logins));
  // What the image's first start makes: the scratch server has just had its own.
  const base = await archiveOf({ server, database: DATABASE, work: folder }, "first-start.dump");
  const image = await extrasOf(DATABASE);
  await giveUpstreamNames(server, project, base);
  const dumpFile = join(folder, "upstream.dump");
  // Compressed in the way that every pg_restore knows.
  await runPgDump({ server, login: server.reader, database }, dumpFile, ["--compress=gzip"]);
  const extras = await extrasOf(database);
  const settings = projectSettings(extras.settings, image.settings, project);
  return { dumpFile, project: await readArchiveFile(dumpFile), base, objects, extras: { ...extras, settings } };
}

interface WriteArgs {
  manifest: Manifest;
  set: BackupSet;
  upstream: Upstream;
  database: ExportedDatabase;
  output: Writable;
}

async function write({ manifest, set, upstream: { tag, environment }, database, output }: WriteArgs): Promise<void> {
  const { project: name, begun } = manifest;
  const { generation } = set.keys;
  const { objects } = database;
  const archive = new ArchiveWriter(output, { folder: name, time: new Date(begun) });
  const url = environment.SUPABASE_PUBLIC_URL ?? "";
  const about = { ...manifest, export: { upstream: tag, generation, files: objects.count } };
  await archive.text("README.md", renderGuide({ manifest, generation, tag, url, files: objects.count }), 0o644);
  await archive.text(".env", renderEnvironment(environment));
  await archive.text("docker-compose.project.yml", renderComposeFile(environment), 0o644);
  await archive.text("manifest.json", `${JSON.stringify(about, undefined, 1)}\n`, 0o644);
  await archive.text("restore.sh", await readFile(fileURLToPath(new URL("restore.sh", import.meta.url)), "utf8"), 0o755);
  await archive.text("check.sql", renderCheck(database.base));
  await archive.text("clear.sql", await renderClear(UPSTREAM_OWNERS, firstStartToClear(database)));
  await archive.text("secrets.sql", renderSecrets(database.extras));
  await archive.text("restore.list", entriesToExport(database).map((entry) => `${entry};\n`).join(""));
  await archive.text("extras.sql", renderExtras(database.extras, DATABASE));
  await archive.file("database.dump", database.dumpFile);
  await writeStoredFiles(archive, { snapshots: withFiles(set.snapshots).toReversed(), folder: filesFolder(name), wanted: objects, into: FILES_PATH });
  await archive.end();
}
