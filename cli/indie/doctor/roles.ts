// Roles: what they may, whose members they are, their settings and passwords. Pure.
import { quoteIdentifier, quoteLiteral } from "../../../components/database/tenancySql.ts";
import type { Finding } from "./finding.ts";
import { isPasswordOf, verifierOf } from "./scram.ts";
import type { Should, WantedRole } from "./should.ts";

export interface RoleIs {
  login: boolean;
  inherit: boolean;
  replication: boolean;
  bypassRls: boolean;
  superuser: boolean;
  createRole: boolean;
  createDatabase: boolean;
  limit: number;
  memberOf: string[];
  /** `name=value`, as Postgres keeps them. */
  settings: string[];
  /** What Postgres keeps of its password. Secret. */
  verifier: string | null;
}

/** The words of `alter role`, with and without. */
const ATTRIBUTES = {
  login: ["login", "nologin"],
  inherit: ["inherit", "noinherit"],
  replication: ["replication", "noreplication"],
  bypassRls: ["bypassrls", "nobypassrls"],
  superuser: ["superuser", "nosuperuser"],
  createRole: ["createrole", "nocreaterole"],
  createDatabase: ["createdb", "nocreatedb"],
} as const;
type Attribute = keyof typeof ATTRIBUTES;

export function checkRoles(should: Should, is: Record<string, RoleIs>): Finding[] {
  const settings: Record<string, Record<string, string>> = Object.assign({}, ...should.tenancies.map((tenancy) => tenancy.settings));
  return should.roles.flatMap((wanted) => checkRole({ ...wanted, settings: { ...wanted.settings, ...settings[wanted.name] } }, is[wanted.name]));
}

function checkRole(wanted: WantedRole, is: RoleIs | undefined): Finding[] {
  const { name, project, service } = wanted;
  const base = { rule: "role", service, ...(project === undefined ? {} : { project }) } as const;
  if (is === undefined)
    return [{ ...base, what: `role ${name} is gone`, why: "the service that logs in as it fails", fix: "pulumi refresh of it alone, then pulumi up", action: { do: "remake", urn: wanted.urn } }];
  const id = quoteIdentifier(name);
  const differs = (what: string, why: string, sql: string, fix = sql): Finding => ({ ...base, what, why, fix, action: { do: "sql", sql: `${sql};` } });
  const should: Record<Attribute, boolean> = { ...wanted, superuser: false, createRole: false, createDatabase: false };
  const attributes = (Object.keys(ATTRIBUTES) as Attribute[])
    .filter((attribute) => is[attribute] !== should[attribute])
    .map((attribute) => {
      const [now, then] = is[attribute] ? ATTRIBUTES[attribute] : ATTRIBUTES[attribute].toReversed();
      return differs(`role ${name} is ${now}, not ${then}`, is[attribute] ? "it may more than it should" : "what logs in as it fails", `alter role ${id} ${then}`);
    });
  const limit = is.limit === wanted.connectionLimit ? [] : [differs(`role ${name} may have ${limitOf(is.limit)} connections, not ${limitOf(wanted.connectionLimit)}`, "its service may be refused, or take those of other projects", `alter role ${id} connection limit ${wanted.connectionLimit}`)];
  return [...attributes, ...limit, ...checkMembers(wanted, is, differs), ...checkSettings(wanted, is, differs), ...checkPassword(wanted, is, differs)];
}

const limitOf = (limit: number): string => (limit < 0 ? "any number of" : String(limit));

type Differs = (what: string, why: string, sql: string, fix?: string) => Finding;

function checkMembers({ name, memberOf }: WantedRole, is: RoleIs, differs: Differs): Finding[] {
  const id = quoteIdentifier(name);
  return [
    ...memberOf.filter((group) => !is.memberOf.includes(group)).map((group) => differs(`role ${name} is no member of ${group}`, "what it may by that is refused", `grant ${quoteIdentifier(group)} to ${id}`)),
    ...is.memberOf.filter((group) => !memberOf.includes(group)).map((group) => differs(`role ${name} is a member of ${group}`, "it may all that that one may", `revoke ${quoteIdentifier(group)} from ${id}`)),
  ];
}

/** `"auth", "public"` and `auth, public` are the same, and so are 8000 and 8s. */
export function sameSetting(left: string, right: string): boolean {
  const plain = (value: string): string => value.split(",").map((part) => part.trim().replace(/^"(.*)"$/, "$1")).join(",");
  const [, amount, unit] = /^(\d+)\s*(ms|s|min)?$/.exec(plain(left)) ?? [];
  const [, otherAmount, otherUnit] = /^(\d+)\s*(ms|s|min)?$/.exec(plain(right)) ?? [];
  if (amount === undefined || otherAmount === undefined) return plain(left) === plain(right);
  return Number(amount) * UNITS[unit ?? "ms"]! === Number(otherAmount) * UNITS[otherUnit ?? "ms"]!;
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, min: 60_000 };

function checkSettings({ name, settings }: WantedRole, is: RoleIs, differs: Differs): Finding[] {
  const now = new Map(is.settings.map((setting) => [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)]));
  return Object.entries(settings)
    .filter(([setting, value]) => !now.has(setting) || !sameSetting(now.get(setting)!, value))
    .map(([setting, value]) => {
      // A list: one literal would be one schema with a comma in its name.
      const literal = setting === "search_path" ? value.split(", ").map(quoteLiteral).join(", ") : quoteLiteral(value);
      const is_ = now.has(setting) ? `has ${setting} = ${now.get(setting)}` : `has no ${setting}`;
      return differs(`role ${name} ${is_}, not ${value}`, "its service works in another way than the others'", `alter role ${quoteIdentifier(name)} set ${quoteIdentifier(setting)} = ${literal}`);
    });
}

/** The statement holds what Postgres keeps, from which the password does not follow. */
function checkPassword({ name, password }: WantedRole, { verifier }: RoleIs, differs: Differs): Finding[] {
  if (password === undefined || isPasswordOf(verifier, password)) return [];
  return [differs(`role ${name} has another password than the state`, "what logs in as it fails", `alter role ${quoteIdentifier(name)} password ${quoteLiteral(verifierOf(password))}`, "its password is set again")];
}
