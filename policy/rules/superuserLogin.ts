import { type Container, dockerPolicy, known, labelOf } from "../lib/policy.ts";

/** Postgres itself, and the container that restores. */
const MAY = ["postgres", "backup"];

/** In a URL, in libpq's words, in JSON: the image's two superusers. `postgres` is a host, a database and a program as well, so only as a user. */
const LOGINS = [/\bsupabase_admin\b/, /:\/\/postgres(?::[^@/]*)?@/, /\buser(?:name)?["']?\s*[=:]\s*["']?postgres\b/i];
const SUPERUSERS = ["postgres", "supabase_admin"];

function isSuperuserLogin(variable: string): boolean {
  const [name = "", ...rest] = variable.split("=");
  const value = rest.join("=");
  if (/superuser/i.test(name)) return true;
  if (/user/i.test(name) && SUPERUSERS.includes(value)) return true;
  return LOGINS.some((login) => login.test(value));
}

/** Nothing of what stands after the `=`; and without one there is no telling what it is. */
const nameOf = (variable: string): string => /^(\w{1,64})=/.exec(variable)?.[1] ?? "without a name";

export function mistakes(container: Container): string[] {
  if (MAY.includes(labelOf(container, "service") ?? "")) return [];
  const variables = known(() => [...(container.envs ?? [])]) ?? [];
  return variables
    .filter(isSuperuserLogin)
    .map(
      (variable) =>
        `has a superuser of Postgres in its variable ${nameOf(variable)}. Give it a login of its project's: \`serviceUrl\` or \`login\` of ProjectDatabase.`,
    );
}

export const superuserLogin = dockerPolicy({
  name: "superuser-login",
  description: "No service connects to Postgres as a superuser.",
  container: mistakes,
});
