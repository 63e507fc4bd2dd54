// A database as a project's is on its first day, into which its dump is restored: a copy of the template, made the project's.
//
// Nobody but us can enter it until then. On a server in use the project's own logins would be quick enough to leave a trigger there before a
// superuser empties a table; so it is not the owner's yet, and lets none of them in.
import { asSuperuser, type Postgres, quoteIdentifier } from "./postgres.ts";

export interface FirstDayArgs {
  server: Postgres;
  /** The database to make. There is none of the name. */
  database: string;
  owner: string;
  roles: readonly string[];
  /** Makes a copy of the template, of this name, the project's. */
  tenancySql: string;
  /** Makes sessions of a superuser in it safe. */
  sessionSql: string;
}

export async function makeFirstDay({ server, database, roles, tenancySql, sessionSql }: FirstDayArgs): Promise<void> {
  const id = quoteIdentifier(database);
  // A limit does not bind superusers: it keeps all others out until the tenancy has taken away what PUBLIC may.
  await asSuperuser(server, "postgres", `create database ${id} template supabase_template connection limit 0`);
  await asSuperuser(server, "postgres", sessionSql);
  await asSuperuser(server, database, tenancySql);
  const logins = roles.map(quoteIdentifier).join(", ");
  await asSuperuser(
    server,
    "postgres",
    `revoke connect on database ${id} from ${logins};
     alter database ${id} connection limit -1`,
  );
}

/** The owner's from now on, who could let its logins in: what a superuser does there after that runs nothing that lies in it. */
export const giveToOwner = ({ server, database, owner }: FirstDayArgs): Promise<unknown> =>
  asSuperuser(
    server,
    "postgres",
    `begin;
     alter database ${quoteIdentifier(database)} owner to ${quoteIdentifier(owner)};
     revoke connect on database ${quoteIdentifier(database)} from ${quoteIdentifier(owner)};
     commit`,
  );

/** What lets the project's logins in, in the end. */
export const renderOpen = ({ database, roles }: Pick<FirstDayArgs, "database" | "roles">): string =>
  `grant connect on database ${quoteIdentifier(database)} to ${roles.map(quoteIdentifier).join(", ")};`;
