import type { PolicyResource } from "@pulumi/policy";
import { stackPolicy } from "../lib/policy.ts";

/** What the superuser's password is made of, and that of the login which reads everything. */
const SEED = { type: "pulumi:index:Stash", name: "postgres-seed" };

/** Where something that is made of it may stand. */
const HOMES: { type: string; name: RegExp; property: string }[] = [
  { type: "docker:index/container:Container", name: /^postgres$/, property: "envs" },
  { type: "docker:index/container:Container", name: /^backup$/, property: "envs" },
  { type: "pulumi:providers:postgresql", name: /^postgresql$/, property: "password" },
  { type: "postgresql:index/role:Role", name: /^backup-reader$/, property: "password" },
  // One-shots, which make what only a superuser can make (DESIGN §5).
  { type: "command:local:Command", name: /-realtime-schema$/, property: "stdin" },
];

const isHome = ({ type, name }: PolicyResource, property: string): boolean =>
  HOMES.some((home) => home.type === type && home.name.test(name) && home.property === property);

/** By what each property was made of, and not by values: so a preview sees it too, when no value is known. */
export const mistakes = (resources: PolicyResource[]) =>
  resources.flatMap((resource) =>
    Object.entries(resource.propertyDependencies)
      .filter(([, sources]) => sources.some(({ type, name }) => type === SEED.type && name === SEED.name))
      .filter(([property]) => !isHome(resource, property))
      .map(([property]) => ({
        resource,
        mistake: `is given in \`${property}\` what is made of the seed of Postgres' superuser. Use a secret of its project's (ProjectKeys), or of the plane's.`,
      })),
  );

export const superuserSecret = stackPolicy({
  name: "superuser-secret",
  description: "Only Postgres, the backup container and what makes roles and tables have the superuser's secrets.",
  stack: mistakes,
});
