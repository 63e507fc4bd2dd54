import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Registered } from "../lib/mocks.ts";
import { valueOf } from "../lib/mocks.ts";
import { ISOLATED, program, PROJECT } from "../lib/program.ts";

let registered: Registered[];
let outputs: Awaited<ReturnType<typeof program>>["outputs"];

const suspended = { state: "suspended", services: { realtime: "dedicated", studio: false } } as const;

beforeAll(async () => {
  ({ registered, outputs } = await program([
    { ...PROJECT, ...suspended, name: "blog" },
    { ...ISOLATED, ...suspended },
  ]));
});

const containers = () => registered.filter(({ type }) => type === "docker:index/container:Container").map(({ name }) => name);

describe.each(["blog", "shop-eu"])("%s, suspended", (name) => {
  const own = () => registered.filter((resource) => resource.name === name || resource.name.startsWith(`${name}-`));
  const named = (word: string) => own().find((resource) => resource.name === `${name}-${word}`)!;

  test("has no container, network or volume", () => {
    expect(own().filter(({ type }) => type.startsWith("docker:"))).toEqual([]);
  });

  test("keeps what an active one has besides: seed, roles, database and files, protected as before", () => {
    const kept = own().filter(({ type }) => !type.startsWith("indie-ventures:"));
    expect(kept.map(({ type, name: of }) => `${type.split(":").at(-1)} ${of.replace(name, "…")}`).sort()).toEqual([
      "Command …-backup",
      "Command …-fragment",
      "Command …-realtime-schema",
      "Command …-site",
      "Command …-tenancy",
      "Database …",
      ...["authAdmin", "authenticator", "owner", "realtime", "storageAdmin"].map((role) => `Role …-${role}`),
      "Stash …-seed",
    ]);
    expect(kept.filter(({ protect }) => protect).map(({ name: of }) => of).sort()).toEqual([name, `${name}-seed`]);
  });

  test("its site leads to the plane's gateway, which is told why there is no service", () => {
    expect(named("site").inputs.stdin).toContain("proxy_pass http://shared;");
    expect(named("site").dependencies).toContain(`${name}-fragment`);
    expect(JSON.stringify(named("fragment").inputs.stdin)).toContain(`The project ${name} is suspended`);
  });

  test("its outputs say so, with address and keys as before", async () => {
    expect(outputs[name]).toMatchObject({ state: "suspended", url: `http://${name}.localhost` });
    expect(await valueOf(outputs[name]!.anonKey)).toMatch(/^eyJ/);
  });
});

test("what shared projects use does not run where none is active", () => {
  expect(containers().sort()).toEqual(["backup", "door", "edge", "gateway", "postgres", "scratch"]);
});
