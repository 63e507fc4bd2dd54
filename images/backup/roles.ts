// A project's logins as another server can have them: without passwords, which follow from its keys.
import type pg from "pg";
import { quoteIdentifier } from "./postgres.ts";

export interface ProjectRole {
  name: string;
  inherit: boolean;
  replication: boolean;
  /** The roles that it is a member of. */
  memberOf: string[];
}

const ROLES = `
  select rolname as name, rolinherit as inherit, rolreplication as replication,
      array(select g.rolname::text from pg_auth_members join pg_roles g on g.oid = roleid where member = r.oid order by 1) as "memberOf"
    from pg_roles r where rolname = any ($1) order by 1`;

export async function readRoles(client: pg.Client, names: readonly string[]): Promise<ProjectRole[]> {
  return (await client.query<ProjectRole>(ROLES, [names])).rows;
}

const words = ({ inherit, replication }: ProjectRole): string => `nologin ${inherit ? "inherit" : "noinherit"} ${replication ? "replication" : "noreplication"}`;

/** Makes the roles where there are none. They let nobody in: on a scratch server only a superuser and who restores is. */
export const renderRoles = (roles: readonly ProjectRole[]): string =>
  [
    ...roles.map((role) => `create role ${quoteIdentifier(role.name)} ${words(role)};`),
    ...roles.flatMap(({ name, memberOf }) => memberOf.map((group) => `grant ${quoteIdentifier(group)} to ${quoteIdentifier(name)};`)),
  ].join("\n");
