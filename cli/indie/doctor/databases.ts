// Databases: who owns them, who may connect, what is granted inside. Pure.
import { quoteIdentifier } from "../../../components/database/tenancySql.ts";
import { readComponentFile } from "../../../components/files.ts";
import { stackOption } from "../../options.ts";
import type { Finding } from "./finding.ts";
import type { RoleIs } from "./roles.ts";
import type { Should, WantedDatabase } from "./should.ts";
import type { Tenancy } from "./tenancy.ts";

export interface DatabaseIs {
  owner: string;
  limit: number;
  isOpen: boolean;
  isTemplate: boolean;
  /** `PUBLIC` for everybody. */
  acl: { grantee: string; privilege: string }[];
  /** Settings of the superuser's in this database, by their names. */
  session: string[];
}

/** By name. */
export interface PostgresIs {
  databases: Record<string, DatabaseIs>;
  roles: Record<string, RoleIs>;
}

/** What is inside a project's database. */
export interface InsideIs {
  /** Of schemas. */
  owners: Record<string, string>;
  publication: string | null;
  grants: { schema: string; grantee: string; privilege: string }[];
}

/** Nobody connects to these by being somebody (components/database/template.sh). */
const SYSTEM = ["supabase_template", "postgres", "template1"];

/** What must be set before a superuser enters a project's database. */
const SESSION = [...readComponentFile("database/superuserSession.sql").matchAll(/^alter role .* set (\w+)/gm)].map(([, name]) => name!);

export const isSafe = ({ session }: DatabaseIs): boolean => SESSION.every((name) => session.includes(name));

const whose = ({ project }: { project?: string }): Pick<Finding, "project" | "service"> => ({ service: "postgres", ...(project === undefined ? {} : { project }) });
const sql = (text: string): Pick<Finding, "fix" | "action"> => ({ fix: text, action: { do: "sql", sql: `${text};` } });

/** @param isAtWork a job exchanges or closes databases just now: what is seen of projects' is not what stays */
export function checkDatabases(should: Should, is: PostgresIs, isAtWork: boolean): Finding[] {
  // A removed project's is shut, and its purge deletes it.
  const lasting = should.databases.filter(({ project, name }) => !(project !== undefined && should.removed.includes(project)) && !(isAtWork && project !== undefined && name in is.databases && !is.databases[name]!.isOpen));
  return [
    ...lasting.flatMap((database) => checkDatabase(database, should, is, isAtWork)),
    ...should.tenancies.flatMap((tenancy) => checkConnect(tenancy, is)),
    ...SYSTEM.flatMap((name) => checkSystem(name, should, is)),
  ];
}

function checkDatabase(wanted: WantedDatabase, { stack }: Should, { databases, roles }: PostgresIs, isAtWork: boolean): Finding[] {
  const { name, owner, connectionLimit } = wanted;
  const found = databases[name];
  const base = { rule: "database", ...whose(wanted) } as const;
  const id = quoteIdentifier(name);
  if (found === undefined) {
    if (isAtWork) return [];
    const how = wanted.project === undefined ? "" : `, then npx indie restore ${wanted.project}${stackOption(stack)}`;
    return [{ ...base, what: `database ${name} is gone`, why: "its data is gone with it", fix: `by hand: pulumi refresh of it alone, pulumi up${how} (docs/recovery.md)` }];
  }
  const differs: Finding[] = [];
  if (found.owner !== owner && owner in roles)
    differs.push({ ...base, what: `database ${name} is owned by ${found.owner}, not by ${owner}`, why: "who owns it may open it to others, and its owner may not change it", ...sql(`alter database ${id} owner to ${quoteIdentifier(owner)}`) });
  if (found.limit !== connectionLimit)
    differs.push({ ...base, what: `database ${name} takes ${limitOf(found.limit)} connections, not ${limitOf(connectionLimit)}`, why: "its services may be refused, or take those of other projects", ...sql(`alter database ${id} connection limit ${connectionLimit}`) });
  if (!found.isOpen)
    differs.push({ ...base, what: `database ${name} takes no connections`, why: "everything of the project answers with errors", ...sql(`alter database ${id} allow_connections true`) });
  return differs;
}

const limitOf = (limit: number): string => (limit < 0 ? "any number of" : String(limit));

function checkConnect(tenancy: Tenancy, { databases, roles }: PostgresIs): Finding[] {
  const { database, urn, connect, create } = tenancy;
  const found = databases[database];
  if (found === undefined) return [];
  const base = { rule: "grant", ...whose(tenancy) } as const;
  const has = (privilege: string, role: string): boolean => role === found.owner || found.acl.some((each) => each.grantee === role && each.privilege === privilege);
  const missing = (privilege: string, wanted: string[]): Finding[] =>
    wanted
      // A role that is gone is found as such, and what it may is given with it.
      .filter((role) => role in roles && !has(privilege, role))
      .map((role) => ({ ...base, what: `${role} may not ${privilege} ${privilege === "CREATE" ? "in" : "to"} database ${database}`, why: "the service that logs in as it fails", fix: "the project's grants are written again", action: { do: "replay", urn } }));
  const strays = found.acl
    .filter(({ grantee, privilege }) => privilege === "CONNECT" && grantee !== found.owner && !connect.includes(grantee))
    .map(({ grantee }) => stray(base, database, grantee));
  return [...strays, ...missing("CONNECT", connect), ...missing("CREATE", create)];
}

function stray(base: { rule: "grant"; project?: string; service: string }, database: string, grantee: string): Finding {
  const [who, id] = grantee === "PUBLIC" ? ["everybody", "public"] : [grantee, quoteIdentifier(grantee)];
  return { ...base, what: `${who} may CONNECT to database ${database}`, why: "logins of other projects get into it", ...sql(`revoke connect on database ${quoteIdentifier(database)} from ${id}`) };
}

function checkSystem(name: string, { roles, projects }: Should, { databases }: PostgresIs): Finding[] {
  const found = databases[name];
  if (found === undefined) return name === "supabase_template" ? [{ rule: "database", service: "postgres", what: `database ${name} is gone`, why: "no project can be added", fix: "by hand: pulumi up --target-replace of the command `template` (pulumi stack --show-urns)" }] : [];
  const base = { rule: "grant", service: "postgres" } as const;
  const ofProjects = roles.filter(({ project }) => project !== undefined && projects.includes(project)).map((role) => role.name);
  const strays = found.acl.filter(({ grantee, privilege }) => privilege === "CONNECT" && (grantee === "PUBLIC" || ofProjects.includes(grantee))).map(({ grantee }) => stray(base, name, grantee));
  const isShut = name !== "supabase_template" || (!found.isOpen && found.isTemplate);
  const open: Finding[] = isShut
    ? []
    : [{ rule: "database", service: "postgres", what: `database ${name} takes connections, or is no template`, why: "it can not be copied while somebody is in it, and what is done there every new project gets", ...sql(`alter database ${quoteIdentifier(name)} with is_template true allow_connections false`) }];
  return [...strays, ...open];
}

/** A superuser does not enter it before its sessions there are safe. */
export function checkSession({ database, project }: Tenancy, { commands, stack }: Should, { databases }: PostgresIs): Finding[] {
  const found = databases[database];
  if (found === undefined || isSafe(found)) return [];
  const command = commands.find(({ environment }) => environment.DATABASE === database && environment.SESSION !== undefined);
  return [
    {
      ...{ rule: "grant", ...whose({ project }), what: `the superuser's settings in database ${database} are gone`, why: "there the owner's code could run as superuser; so nobody looked inside" },
      ...(command === undefined ? { fix: `by hand: npx indie up${stackOption(stack)}` } : { fix: "they are set again", action: { do: "replay" as const, urn: command.urn } }),
    },
  ];
}

/** @param roles those that there are: of one that is gone nothing more is told */
export function checkInside(tenancy: Tenancy, { stack }: Pick<Should, "stack">, is: InsideIs, roles: PostgresIs["roles"]): Finding[] {
  const { database, urn, inside } = tenancy;
  if (inside === undefined) return [];
  const again = { fix: "the project's grants are written again", action: { do: "replay", urn } } as const;
  const owners = Object.entries(inside.owners)
    .filter(([schema, owner]) => is.owners[schema] !== owner)
    .map(([schema, owner]): Finding => {
      const now = is.owners[schema];
      const base = { rule: "grant", ...whose(tenancy), why: "the service that works in it may not change it" } as const;
      if (now === undefined) return { ...base, what: `schema ${schema} of database ${database} is gone`, fix: `by hand: npx indie restore ${tenancy.project}${stackOption(stack)} brings back what was in it` };
      return { ...base, what: `schema ${schema} of database ${database} is owned by ${now}, not by ${owner}`, ...again };
    });
  // A publication that the owner has dropped is the owner's affair.
  const publication: Finding[] =
    is.publication === null || is.publication === inside.publication
      ? []
      : [{ rule: "grant", ...whose(tenancy), what: `publication supabase_realtime of database ${database} is owned by ${is.publication}, not by ${inside.publication}`, why: "its owner can not choose which tables send their changes", ...again }];
  const missing = inside.grants
    .filter(({ schema, role, privilege }) => role in roles && is.owners[schema] !== undefined && is.owners[schema] !== role && !is.grants.some((each) => each.schema === schema && each.grantee === role && each.privilege === privilege))
    .map(({ schema, role, privilege }): Finding => ({ rule: "grant", ...whose(tenancy), what: `${role} has no ${privilege} in schema ${schema} of database ${database}`, why: "what it does there is refused", ...again }));
  return [...owners, ...publication, ...missing];
}
