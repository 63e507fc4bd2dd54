// A backup that was made with other images than this server runs. What their superusers own in a database, a restore takes from this server's
// template (contents.ts): where that is another, the backup does not fit, and is whole all the same.
import type { Manifest } from "./manifest.ts";
import { withClient } from "./postgres.ts";
import { restoreDatabase, type RestoreDatabaseArgs, type RestoredDatabase } from "./restoreDatabase.ts";
import type { Settings } from "./settings.ts";
import { inWords, isHindrance, Lasting, shown } from "./stop.ts";

/** The images that make what superusers own in a project's database. */
const OWNING = ["postgres", "realtime"];

/** Undefined: with the same, or nobody knows. Pure. */
export function madeWithOthers(made: Record<string, string | undefined>, here: Record<string, string | undefined>): string | undefined {
  const others = OWNING.flatMap((name): [string, string][] => {
    const [then, now] = [made[name], here[name]];
    return typeof then === "string" && typeof now === "string" && then !== now ? [[shown(then), shown(now)]] : [];
  });
  if (others.length === 0) return undefined;
  const [then, now] = [0, 1].map((index) => others.map((pair) => pair[index]).join(" and "));
  return `It was made with ${then}, and this server has ${now}, from which a restore takes what is not the project's. The way to its data: docs/backups.md, "A backup of other versions"`;
}

/** As components/database/realtimeSchema.sh says it of a database. */
const REALTIME_IMAGE = "select substring(obj_description(to_regnamespace('realtime'), 'pg_namespace') from '^made by (.*)$') as image";

async function realtimeImage({ server, database }: RestoreDatabaseArgs): Promise<string | undefined> {
  const asWeAre = { server, login: server.superuser, database };
  // Where it failed at its beginning there is none to ask.
  return withClient(asWeAre, async (client) => (await client.query<{ image: string | null }>(REALTIME_IMAGE)).rows[0]?.image ?? undefined).catch(() => undefined);
}

export interface RestoreMadeArgs extends RestoreDatabaseArgs {
  manifest: Manifest;
  settings: Settings;
}

/** {@link restoreDatabase}. @throws Lasting where it fails, or differs, and was made with others than this server has: nothing is said of the backup then */
export async function restoreMade({ manifest, settings, ...args }: RestoreMadeArgs): Promise<RestoredDatabase> {
  const whyOthers = async () => madeWithOthers(manifest.versions?.images ?? {}, { postgres: settings.postgresImage, realtime: await realtimeImage(args) });
  const restored = await restoreDatabase(args).catch(async (error: unknown) => {
    const why = isHindrance(error) ? undefined : await whyOthers();
    throw why === undefined ? error : new Lasting(`${inWords(error)}. ${why}`);
  });
  const why = restored.faults.length === 0 ? undefined : await whyOthers();
  if (why !== undefined) throw new Lasting(`${restored.faults.slice(0, 5).join("; ")}. ${why}`);
  return restored;
}
