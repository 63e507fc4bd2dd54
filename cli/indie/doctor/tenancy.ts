// What the tenancy of a database grants, as components/database/tenancySql.ts and metadata.sql write it; the test of it compares with them. Pure.
import { READER } from "../../../images/backup/settings.ts";
import { type RoleNames, roleNames } from "../../../spec/names.ts";
import type { Command } from "./should.ts";

export interface SchemaGrant {
  schema: string;
  role: string;
  privilege: "USAGE" | "CREATE";
}

export interface Tenancy {
  /** Of the command that writes it. */
  urn: string;
  project?: string;
  database: string;
  /** Beside its owner, those who may connect: they, and nobody else. */
  connect: string[];
  /** Those who may make schemas. */
  create: string[];
  /** Of a project's database; undefined for a service's own tables. */
  inside?: {
    /** Of schemas, by their names. */
    owners: Record<string, string>;
    /** Of the publication supabase_realtime. */
    publication: string;
    grants: SchemaGrant[];
  };
  /** Settings of roles that it makes: role → name → value. */
  settings: Record<string, Record<string, string>>;
}

/** A removed project's database is shut or gone, and stays as it is: it has none. */
export function readTenancy({ urn, project, environment }: Command): Tenancy[] {
  const { DATABASE, ROLES, ROLE, REMOVED } = environment;
  const base = { urn, ...(project === undefined ? {} : { project }) };
  if (DATABASE === undefined) return [];
  if (ROLE !== undefined) return [{ ...base, database: DATABASE, connect: [], create: [], settings: {} }];
  if (ROLES === undefined || REMOVED || project === undefined) return [];
  return [{ ...base, database: DATABASE, ...ofProject(roleNames(project)) }];
}

function ofProject({ owner, authenticator, authAdmin, storageAdmin, realtime }: RoleNames): Pick<Tenancy, "connect" | "create" | "inside" | "settings"> {
  const everyLogin = [owner, authenticator, authAdmin, storageAdmin, realtime];
  const grants = (schema: string, privilege: SchemaGrant["privilege"], roles: string[]): SchemaGrant[] => roles.map((role) => ({ schema, role, privilege }));
  return {
    connect: [...everyLogin, READER],
    create: [realtime],
    inside: {
      owners: { auth: authAdmin, storage: storageAdmin, realtime },
      publication: owner,
      grants: [
        ...grants("public", "USAGE", [owner]),
        ...grants("public", "CREATE", [owner]),
        ...grants("extensions", "USAGE", everyLogin),
        ...grants("realtime", "USAGE", ["supabase_realtime_admin", "anon", "authenticated", "service_role", owner]),
        ...grants("realtime", "CREATE", ["supabase_realtime_admin"]),
      ],
    },
    settings: Object.fromEntries(everyLogin.map((role) => [role, { temp_file_limit: "2GB" }])),
  };
}
