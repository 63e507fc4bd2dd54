// Ways in through Postgres: a login where it does not belong, and SQL in one's own database that reaches for another's.
import pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Attack, Attempt, Credential, Door } from "../door.ts";
import { runEach, runSql } from "../sql.ts";
import type { Tenant } from "../tenant.ts";
import { SQL_DOORS, type SqlDoor } from "./sqlAttacks.ts";

/** As the owner of the database, in it. */
const own = (port: number, { database, roles, passwords }: Tenant, ...statements: string[]): Promise<Answer> =>
  runSql({ port, database, user: roles.owner, password: passwords.owner }, ...statements);

const asLogin = (port: number, { attacker, credential }: Attack, groups: string[][]): Promise<Answer> =>
  runEach({ port, database: attacker.database, user: credential.login!, password: credential.value }, groups);

const READ = "select body from public.markers";

const loginDoor = (port: number): Door => ({
  title: "Postgres: log in",
  control: (owner) => ({ how: "its owner", run: () => own(port, owner, READ) }),
  attempts({ attacker, victim, credential: { kind, login, value } }) {
    const attempt = (user: string, database: string, replication = false): Attempt => ({
      how: `${user} to ${database}${replication ? ", as a walsender" : ""}`,
      run: () => runSql({ port, database, user, password: value || "none", replication }, READ),
    });
    const others = [...Object.values(victim.roles), "supabase_admin", "postgres", "authenticator"].map((user) => attempt(user, victim.database));
    if (login === undefined) return ["keys", "internalToken", "nothing"].includes(kind) ? others.slice(0, 1) : [];
    const databases = [victim.database, "postgres", "template1", "supabase_template", "supabase_realtime", "supabase_storage"];
    if (roleOf(attacker, login) !== "owner") return databases.map((database) => attempt(login, database));
    return [...databases.map((database) => attempt(login, database)), attempt(login, victim.database, true), ...others];
  },
});

/** A statement's way in: each login of the attacker runs it in the attacker's own database. */
const sqlDoor = (port: number, { title, control, attacks, mayBeEmpty, isClosed, showsNoMarker, logins }: SqlDoor): Door => ({
  title,
  isClosed,
  showsNoMarker,
  control: (owner) => ({ how: "its owner", run: () => own(port, owner, ...control(owner)) }),
  attempts(attack) {
    const { kind, login } = attack.credential;
    if (kind !== "logins" || (logins !== undefined && !logins.includes(roleOf(attack.attacker, login!)))) return [];
    const groups = attacks(attack.victim, attack.attacker).map((statements) => [statements].flat());
    return [{ how: `${groups.length} statements`, mayBeEmpty, run: () => asLogin(port, attack, groups) }];
  },
});

const roleOf = ({ roles }: Tenant, login: string): string => Object.entries(roles).find(([, name]) => name === login)![0];

/** Ends a session of the victim's that is there to be ended. */
const terminateDoor = (port: number): Door => ({
  title: "SQL: end or stop another's session",
  showsNoMarker: true,
  control: (owner) => ({ how: "its owner", run: () => terminate(port, owner, owner, { kind: "logins", name: "", value: owner.passwords.owner, login: owner.roles.owner }) }),
  attempts: ({ attacker, victim, credential }) =>
    credential.login === undefined ? [] : [{ how: "pg_terminate_backend, pg_cancel_backend", run: () => terminate(port, victim, attacker, credential) }],
});

async function terminate(port: number, victim: Tenant, attacker: Tenant, credential: Credential): Promise<Answer> {
  const client = new pg.Client(victim.dbUrl);
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query("select pg_backend_pid() as pid");
  const run = (verb: string) =>
    runSql({ port, database: attacker.database, user: credential.login!, password: credential.value }, `select pg_${verb}_backend(${rows[0]!.pid})`);
  const answers = [await run("cancel"), await run("terminate")];
  // Not awaited: of a session that was ended, pg's end() never comes to an end.
  void client.end().catch(() => {});
  return answers.find(({ result }) => result !== "refused") ?? answers[0]!;
}

const CHANNEL = "everyone";
const HEARD_MS = 400;

/** NOTIFY: who hears it in the victim's database. */
const notifyDoor = (port: number): Door => ({
  title: "SQL: `NOTIFY`",
  control: (owner) => ({ how: "its owner", run: () => notify(port, owner, owner, owner.roles.owner, owner.passwords.owner) }),
  attempts: ({ attacker, victim, credential: { login, value } }) =>
    login === undefined ? [] : [{ how: "the victim listens", run: () => notify(port, victim, attacker, login, value) }],
});

async function notify(port: number, victim: Tenant, attacker: Tenant, user: string, password: string): Promise<Answer> {
  const listener = new pg.Client(victim.dbUrl);
  let heard = "";
  listener.on("notification", ({ payload }) => (heard += payload));
  await listener.connect();
  await listener.query(`listen ${CHANNEL}`);
  const answer = await runSql({ port, database: attacker.database, user, password }, `notify ${CHANNEL}, 'from ${attacker.marker}'`);
  await sleep(HEARD_MS);
  await listener.end();
  if (answer.result !== "granted") return answer;
  return heard.includes(attacker.marker) ? { ...answer, text: heard } : { result: "refused", outcome: "not heard", text: "" };
}

export const databaseDoors = (port: number): Door[] => [
  loginDoor(port),
  ...SQL_DOORS.map((door) => sqlDoor(port, door)),
  terminateDoor(port),
  notifyDoor(port),
];
