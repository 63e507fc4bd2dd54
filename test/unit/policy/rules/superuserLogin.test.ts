import { expect, test } from "@jest/globals";
import { superuserLogin } from "../../../../policy/rules/superuserLogin.ts";
import { ask, secret, UNKNOWN } from "../lib/ask.ts";
import { container } from "../lib/resources.ts";

const PASSWORD = "0123456789abcdef";
const auth = (...envs: string[]) => container({ envs: secret(envs) });

test.each([
  ["a project's login", auth(`DB_URL=postgresql://blog_auth_admin:${PASSWORD}@postgres:5432/blog`)],
  ["`postgres` as a host, a database, a driver", auth("DB_HOST=postgres", "POSTGRES_DB=postgres", "DRIVER=postgres", "STORE=postgres://blog@postgres/postgres")],
  ["a role with such a beginning", auth("DB_USER=postgres_blog", "URL=postgres://postgres_blog:x@postgres/blog")],
  ["Postgres", container({ envs: secret([`POSTGRES_PASSWORD=${PASSWORD}`, "POSTGRES_USER=supabase_admin"]) }, "postgres")],
  ["the backup container", container({ envs: secret([`SUPERUSER_PASSWORD=${PASSWORD}`]) }, "backup")],
  ["no environment", container({ envs: undefined })],
  ["one that is not known yet", container({ envs: UNKNOWN })],
])("conforms: %s", async (_, resource) => expect(await ask([superuserLogin], resource)).toEqual([]));

test.each([
  ["a URL", `DB_URL=postgresql://supabase_admin:${PASSWORD}@postgres:5432/blog`, "DB_URL"],
  ["a URL of the other one", `URL=postgres://postgres:${PASSWORD}@postgres:5432/blog`, "URL"],
  ["one without a password", "URL=postgres://postgres@postgres/blog", "URL"],
  ["libpq's words", `DSN=host=postgres user=postgres password=${PASSWORD}`, "DSN"],
  ["JSON", `SETTINGS={"user": "postgres", "password": "${PASSWORD}"}`, "SETTINGS"],
  ["a user by itself", "PGUSER=postgres", "PGUSER"],
  ["a user by itself, in the middle of a name", "PG_META_DB_USER_NAME=supabase_admin", "PG_META_DB_USER_NAME"],
  ["a password by itself", `SUPERUSER_PASSWORD=${PASSWORD}`, "SUPERUSER_PASSWORD"],
])("violates: %s", async (_, variable, name) => {
  const violations = await ask([superuserLogin], auth("OTHER=1", variable));
  expect(violations).toEqual([expect.objectContaining({ policy: "superuser-login", level: "mandatory" })]);
  expect(violations[0]!.message).toContain(`The container "blog-auth" has a superuser of Postgres in its variable ${name}.`);
  expect(violations[0]!.message).not.toContain(PASSWORD);
});
