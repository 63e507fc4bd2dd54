// Runs in the backup container, beside the product's own modules: restores dump files that others have edited, as a proof would, one after the other
// on one scratch server; and says of each what came of it, and what it changed outside of its database.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dumped } from "../../../../images/backup/dump.ts";
import type { Extras } from "../../../../images/backup/extras.ts";
import type { Postgres } from "../../../../images/backup/postgres.ts";
import type { ScratchArgs } from "../../../../images/backup/prove.ts";

const APP = "/app";
const FOLDER = "/tmp/hostile";
const load = (name: string) => import(`${APP}/${name}.ts`);
/** What they are, for the compiler: at run time they are elsewhere. */
type Modules = [
  typeof import("../../../../images/backup/dump.ts"),
  typeof import("../../../../images/backup/postgres.ts"),
  typeof import("../../../../images/backup/project.ts"),
  typeof import("../../../../images/backup/prove.ts"),
  typeof import("../../../../images/backup/restoreDatabase.ts"),
  typeof import("../../../../images/backup/restore.ts"),
  typeof import("../../../../images/backup/roles.ts"),
  typeof import("../../../../images/backup/settings.ts"),
];
const [{ dump }, { withClient, asSuperuser }, { readProject }, { onScratch }, { restoreDatabase }, { dropDatabase }, { readRoles }, { readSettings }] = (await Promise.all(
  ["dump", "postgres", "project", "prove", "restoreDatabase", "restore", "roles", "settings"].map(load),
)) as Modules;
const say = (): void => {};

/** What of a server is no database's own; but for the database that is being restored. */
const SERVER_STATE = `
  select jsonb_build_object(
    'roles', (select jsonb_agg(to_jsonb(r) - 'rolpassword' order by rolname) from pg_roles r),
    'settings', (select jsonb_agg(jsonb_build_array(setdatabase::text, setrole::regrole, setconfig) order by setdatabase, setrole) from pg_db_role_setting
      where setdatabase not in (select oid from pg_database where starts_with(datname, 'supabase_restore'))),
    'members', (select jsonb_agg(jsonb_build_array(roleid::regrole, member::regrole, admin_option, set_option) order by roleid, member) from pg_auth_members),
    'databases', (select jsonb_agg(to_jsonb(d) - 'datfrozenxid' - 'datminmxid' order by oid) from pg_database d where not starts_with(datname, 'supabase_restore')),
    'slots', (select jsonb_agg(slot_name order by slot_name) from pg_replication_slots),
    'subscriptions', (select count(*) from pg_subscription),
    'parameters', (select jsonb_agg(to_jsonb(p) order by parname) from pg_parameter_acl p),
    'tablespaces', (select jsonb_agg(spcname order by spcname) from pg_tablespace)
  )::text as state`;

async function stateOf(server: Postgres): Promise<string> {
  return withClient({ server, login: server.superuser, database: "postgres" }, async (client) => (await client.query<{ state: string }>(SERVER_STATE)).rows[0]!.state);
}

type Taken = Pick<Dumped, "measure" | "extras">;

/** A dump of the project, as a backup would take it. */
async function take(name: string): Promise<void> {
  const [settings, project] = [readSettings(), await readProject(name)];
  const none = async function* () {};
  const files = { folder: FOLDER, kept: join(FOLDER, "kept"), since: Date.now(), saved: none };
  const { measure, extras } = await dump({ ...project, server: settings.postgres, file: join(FOLDER, "taken.dump"), files, say });
  writeFileSync(join(FOLDER, "taken.json"), JSON.stringify({ measure, extras }));
}

interface Outcome {
  refused?: string;
  faults?: string[];
  /** Whether the server is as it was before. */
  unchanged: boolean;
  seconds: number;
}

/** Each file `<case>.dump`, with `<case>.json`, where there is one, in the place of what was taken beside the dump. */
async function restoreAll(name: string, where: string): Promise<void> {
  const [settings, project] = [readSettings(), await readProject(name)];
  const taken = JSON.parse(readFileSync(join(FOLDER, "taken.json"), "utf8")) as Taken;
  const roles = await withClient({ server: settings.postgres, login: settings.postgres.superuser, database: "postgres" }, (client) => readRoles(client, project.roles));
  const outcomes: Record<string, Outcome> = {};
  const tryAll = async (server: Postgres) => {
    for (const file of readdirSync(join(FOLDER, where)).filter((each) => each.endsWith(".dump")).sort()) outcomes[file.slice(0, -".dump".length)] = await tryOne(server, file);
  };
  const tryOne = async (server: Postgres, file: string): Promise<Outcome> => {
    const [before, began] = [await stateOf(server), performance.now()];
    const beside = join(FOLDER, where, file.replace(/dump$/, "json"));
    const extras = { ...taken.extras, ...(existsSync(beside) ? (JSON.parse(readFileSync(beside, "utf8")) as Partial<Extras>) : {}) };
    const args = { ...project, server, database: project.restoringDatabase, dumpFile: join(FOLDER, where, file), extras, expected: taken.measure, work: FOLDER, say };
    const outcome = await restoreDatabase(args).then(
      ({ faults }) => ({ faults }),
      (error: Error) => ({ refused: error.message }),
    );
    await dropDatabase(server, project.restoringDatabase);
    return { ...outcome, unchanged: (await stateOf(server)) === before, seconds: Math.round(performance.now() - began) / 1000 };
  };
  if (where === "live") await tryAll(settings.postgres);
  else {
    const set = { dumpFile: join(FOLDER, "taken.dump"), extras: taken.extras, roles, project, folder: FOLDER };
    // What of a backup a scratch server is made from, and no more.
    const from = { settings, manifest: { project: name, measure: taken.measure }, set, say } as unknown as ScratchArgs;
    await onScratch(from, async (server, { faults }) => {
      if (faults.length > 0) throw new Error(`the dump as it was taken is not exact: ${faults.join("; ")}`);
      await dropDatabase(server, project.restoringDatabase);
      await asSuperuser(server, "postgres", "create role shop_owner login");
      await asSuperuser(server, "postgres", "create database shop owner shop_owner");
      await tryAll(server);
    });
  }
  process.stdout.write(JSON.stringify(outcomes));
}

const [word, name, where] = process.argv.slice(2) as [string, string, string];
await (word === "take" ? take(name) : restoreAll(name, where));
