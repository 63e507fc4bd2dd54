// The role that runs what is in a dump: no superuser, and a member of one project's roles alone, for as long as a restore takes.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { asSuperuser, type Login, type Postgres, quoteIdentifier, quoteLiteral } from "./postgres.ts";

/** No project's: those have no role that begins so. */
export const RESTORER = "supabase_restore";
/** Postgres' own default (src/include/common/scram-common.h, SCRAM_SHA_256_DEFAULT_ITERATIONS). */
const ITERATIONS = 4096;

/** What Postgres keeps of a password (src/common/scram-common.c, scram_build_secret), so that the password itself is in no statement. */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const mac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(mac("Client Key")).digest();
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${stored.toString("base64")}:${mac("Server Key").toString("base64")}`;
}

export interface RestorerArgs {
  server: Postgres;
  database: string;
  owner: string;
  roles: readonly string[];
  /**
   * Those of them that may replicate. It has what is theirs, but can not become one: with that role's own right what runs in a restore could drop
   * replication slots of other projects, or make some.
   */
  replicating: ReadonlySet<string>;
}

export interface Restorer {
  login: Login;
  /** What it owns becomes a role's. */
  giveTo: (role: string) => Promise<unknown>;
}

export async function withRestorer<T>(args: RestorerArgs, use: (restorer: Restorer) => Promise<T>): Promise<T> {
  const { server, database, roles, replicating } = args;
  const [others, held] = [roles.filter((role) => !replicating.has(role)), [...replicating]].map((names) => names.map(quoteIdentifier));
  const password = randomBytes(24).toString("hex");
  await dropRestorer(args);
  await asSuperuser(
    server,
    database,
    `create role ${RESTORER} login inherit connection limit 4 password ${quoteLiteral(scramVerifier(password, randomBytes(16)))};
     grant ${[...others!, "supabase_realtime_admin"].join(", ")} to ${RESTORER};
     ${held!.length === 0 ? "" : `grant ${held!.join(", ")} to ${RESTORER} with inherit true, set false;`}
     grant connect, create, temporary on database ${quoteIdentifier(database)} to ${RESTORER}`,
  );
  try {
    const giveTo = (role: string) => asSuperuser(server, database, `reassign owned by ${RESTORER} to ${quoteIdentifier(role)}`);
    return await use({ login: { user: RESTORER, password }, giveTo });
  } finally {
    await dropRestorer(args);
  }
}

/** First, so that no session of it comes while the others are ended: what runs in a restore may give the role a password of its own. */
export const shutRestorerOut = (server: Postgres, database: string): Promise<unknown> =>
  asSuperuser(server, database, `do $shut$ begin if to_regrole('${RESTORER}') is not null then alter role ${RESTORER} nologin; end if; end $shut$`);

/** What it made that names no owner in a dump, an extension, becomes the project's. */
async function dropRestorer({ server, database, owner }: RestorerArgs): Promise<void> {
  await shutRestorerOut(server, database);
  await asSuperuser(
    server,
    database,
    `do $drop$
     begin
       if to_regrole('${RESTORER}') is not null then
         perform pg_terminate_backend(pid) from pg_stat_activity where usename = '${RESTORER}';
         execute format('reassign owned by ${RESTORER} to %I', ${quoteLiteral(owner)});
         drop owned by ${RESTORER};
         drop role ${RESTORER};
       end if;
     end
     $drop$`,
  );
}
