import { beforeAll, describe, expect, test } from "@jest/globals";
import { isSecret, type Registered, valueOf } from "../lib/mocks.ts";
import { program, PROJECT } from "../lib/program.ts";

let registered: Registered[];
let outputs: Awaited<ReturnType<typeof program>>["outputs"][string];

beforeAll(async () => {
  const made = await program([{ ...PROJECT, domains: ["shop.example.com"] }]);
  registered = made.registered;
  outputs = made.outputs["shop-eu"]!;
});

const ofType = (type: string) => registered.filter((resource) => resource.type === type);
const named = (name: string, type?: string) => registered.find((resource) => resource.name === name && (type === undefined || resource.type === type))!;

describe("a shared project", () => {
  test("has at most 20 resources, each of them named after it", () => {
    const own = registered.filter(({ name }) => name.startsWith("shop-eu"));
    expect(own.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort()).toMatchSnapshot();
    expect(own.length).toBeLessThanOrEqual(20);
  });

  test("the outputs' keys are secret", async () => {
    const { anonKey, serviceRoleKey, publishableKey, secretKey, jwtSecret, dbUrl, ...plain } = outputs;
    for (const output of [anonKey, serviceRoleKey, publishableKey, secretKey, jwtSecret, dbUrl]) expect(await isSecret(output)).toBe(true);
    expect(plain).toEqual({
      ...{ url: "http://shop-eu.localhost", architecture: "shared", state: "present", domains: ["shop.example.com"], database: "shop_eu" },
      // What a plan compares.
      ...{ purgeAfterDays: PROJECT.purgeAfterDays, keep: PROJECT.backups.keep },
    });
    expect(await valueOf(dbUrl)).toMatch(/^postgresql:\/\/shop_eu_owner:[0-9a-f]{64}@127\.0\.0\.1:5432\/shop_eu$/);
  });

  test("its data is protected, and an import can not make the next update drop its database", () => {
    expect(named("shop-eu", "postgresql:index/database:Database")).toMatchObject({
      protect: true,
      ignoreChanges: ["template", "encoding", "lcCollate", "lcCtype", "allowConnections"],
      inputs: { name: "shop_eu", owner: "shop_eu_owner", template: "supabase_template" },
    });
    expect(named("shop-eu-seed").protect).toBe(true);
    expect(registered.filter(({ protect }) => protect).map(({ name }) => name).sort()).toEqual([
      "backup-state",
      "backups",
      "files",
      "postgres-custom",
      "postgres-data",
      "postgres-seed",
      "shop-eu",
      "shop-eu-seed",
    ]);
  });

  test("the database comes after all its roles, and so goes before them", () => {
    const roles = ofType("postgresql:index/role:Role").map(({ name }) => name).filter((name) => name.startsWith("shop-eu-"));
    expect(roles).toHaveLength(5);
    expect(named("shop-eu", "postgresql:index/database:Database").dependencies).toEqual(expect.arrayContaining(roles));
  });

  test("no login is a superuser or may make roles or databases; one reads all that it is let in to, for backups", () => {
    const roles = ofType("postgresql:index/role:Role");
    for (const { inputs } of roles) expect([inputs.superuser, inputs.createRole, inputs.createDatabase]).toEqual([undefined, undefined, undefined]);
    expect(roles.filter(({ inputs }) => inputs.bypassRowLevelSecurity).map(({ inputs }) => [inputs.name, inputs.roles])).toEqual([["supabase_backup", ["pg_read_all_data"]]]);
  });

  test("its services are replaced without a gap, and wait for the tenancy", () => {
    for (const name of ["shop-eu-auth", "shop-eu-rest"]) {
      expect(named(name)).toMatchObject({ deleteBeforeReplace: false, inputs: { wait: true, restart: "always", destroyGraceSeconds: 30 } });
      expect(Object.keys(named(name).inputs)).not.toContain("name");
      expect(named(name).dependencies).toContain("shop-eu-tenancy");
    }
  });

  test("the site opens after the routes are there", () => {
    expect(named("shop-eu-site").dependencies).toEqual(expect.arrayContaining(["shop-eu-fragment", "shared-upstream"]));
  });

  test("the environment of a container is secret", () => {
    for (const name of ["shop-eu-auth", "shop-eu-rest", "realtime", "storage", "postgres"]) {
      const container = registered.find((resource) => resource.name === name && resource.type === "docker:index/container:Container")!;
      // The engine's mark of a secret.
      expect(JSON.stringify(container.inputs.envs)).toContain("1b47061264138c4ac30d75fd1eb44270");
    }
    for (const name of ["shop-eu-fragment", "shop-eu-realtime-tenant", "shop-eu-storage-tenant", "shop-eu-realtime-schema"])
      expect([name, JSON.stringify(named(name).inputs.stdin)]).toEqual([name, expect.stringContaining("1b47061264138c4ac30d75fd1eb44270")]);
  });
});

describe("the server", () => {
  test("Postgres has a fixed name, so that a second one can never start on its data, and time to stop", () => {
    const postgres = ofType("docker:index/container:Container").find(({ name }) => name === "postgres");
    expect(postgres).toMatchObject({ deleteBeforeReplace: true, inputs: { name: "iv-dev-postgres", destroyGraceSeconds: 60, stopSignal: "SIGINT" } });
  });

  test("only the edge and the door publish a port, the door on loopback", () => {
    const published = ofType("docker:index/container:Container").filter(({ inputs }) => inputs.ports !== undefined);
    expect(published.map(({ name, inputs }) => [name, inputs.ports])).toEqual([
      ["door", [{ internal: 5432, external: 5432, ip: "127.0.0.1" }]],
      ["edge", [{ internal: 80, external: 80, ip: "127.0.0.1" }]],
    ]);
  });

  test("each image is there once, before a container of it makes room for itself", () => {
    const images = ofType("docker:index/remoteImage:RemoteImage");
    expect(images.map(({ name }) => name).sort()).toEqual(["auth:1", "backup:1", "envoy:1", "imgproxy:1", "nginx:1", "postgres:1", "realtime:1", "rest:1", "storage:1"]);
    expect(images.every(({ inputs }) => inputs.keepLocally === true)).toBe(true);
    for (const { dependencies, inputs } of ofType("docker:index/container:Container")) expect(dependencies).toContain(inputs.image);
  });

  test("Postgres stands on the internal network alone", () => {
    const postgres = ofType("docker:index/container:Container").find(({ name }) => name === "postgres")!;
    expect(postgres.inputs.networksAdvanced).toEqual([{ name: "iv-dev-db", aliases: ["database"] }]);
    expect(named("db").inputs.internal).toBe(true);
  });

  test("everything carries our labels", () => {
    for (const { name, inputs, type } of registered.filter(({ type }) => /^docker:index\/(container|network|volume)/.test(type)))
      expect([type, name, inputs.labels]).toEqual([type, name, expect.arrayContaining([{ label: "indie-ventures.stack", value: "dev" }, { label: "indie-ventures.state", value: "57a7e1d057a7e1d0" }])]);
  });
});
