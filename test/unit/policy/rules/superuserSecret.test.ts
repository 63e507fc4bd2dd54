import { expect, test } from "@jest/globals";
import { superuserSecret } from "../../../../policy/rules/superuserSecret.ts";
import { askStack, type Resource, UNKNOWN } from "../lib/ask.ts";

const seed = (name: string): Resource => ({ type: "pulumi:index:Stash", name, props: { output: UNKNOWN }, urn: `urn:${name}` });
const SERVERS = seed("postgres-seed");
const PROJECTS = seed("blog-seed");

const madeOf = (source: Resource, type: string, name: string, property: string): Resource => ({
  type,
  name,
  props: { [property]: UNKNOWN },
  propertyDependencies: { [property]: [source.urn!] },
});
const say = (resource: Resource) => askStack([superuserSecret], [SERVERS, PROJECTS, resource]);

const CONTAINER = "docker:index/container:Container";
const COMMAND = "command:local:Command";
const ROLE = "postgresql:index/role:Role";

test.each([
  ["Postgres", CONTAINER, "postgres", "envs"],
  ["the backup container", CONTAINER, "backup", "envs"],
  ["what makes roles and databases", "pulumi:providers:postgresql", "postgresql", "password"],
  ["the login of backups", ROLE, "backup-reader", "password"],
  ["a one-shot of Realtime, on its stdin", COMMAND, "blog-realtime-schema", "stdin"],
])("conforms: %s", async (_, type, name, property) => expect(await say(madeOf(SERVERS, type, name, property))).toEqual([]));

test("conforms: a service with a secret of its project", async () => {
  expect(await say(madeOf(PROJECTS, CONTAINER, "blog-auth", "envs"))).toEqual([]);
});

test.each([
  ["a service", CONTAINER, "blog-auth", "envs"],
  ["Postgres' command line", CONTAINER, "postgres", "command"],
  ["the environment of a one-shot, that processes show", COMMAND, "blog-realtime-schema", "environment"],
  ["a role of a project", ROLE, "blog-owner", "password"],
])("violates, though no value is known: %s", async (_, type, name, property) => {
  const resource = madeOf(SERVERS, type, name, property);
  expect(await say({ ...resource, urn: "urn:of-it" })).toEqual([
    {
      policy: "superuser-secret",
      level: "mandatory",
      urn: "urn:of-it",
      message: expect.stringContaining(`"${name}" (${type.split(":").at(-1)}) is given in \`${property}\` what is made of the seed of Postgres' superuser.`),
    },
  ]);
});
