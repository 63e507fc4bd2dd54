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

export async function withRestorer<T>(server: Postgres, database: string, owner: string, roles: readonly string[], use: (login: Login) => Promise<T>): Promise<T> {
  const id = quoteIdentifier;
  const password = randomBytes(24).toString("hex");
  await dropRestorer(server, database, owner);
  await asSuperuser(
    server,
    database,
    `create role ${RESTORER} login inherit connection limit 4 password ${quoteLiteral(scramVerifier(password, randomBytes(16)))};
     grant ${[...roles, "supabase_realtime_admin"].map(id).join(", ")} to ${RESTORER};
     grant connect, create, temporary on database ${id(database)} to ${RESTORER};`,
  );
  try {
    return await use({ user: RESTORER, password });
  } finally {
    await dropRestorer(server, database, owner);
  }
}

/** What it made that names no owner in a dump, an extension, becomes the project's. */
async function dropRestorer(server: Postgres, database: string, owner: string): Promise<void> {
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
