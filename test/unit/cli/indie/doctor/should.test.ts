// What doctor reads in the state, held to the program that makes it.
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { revealed, type Should } from "../../../../../cli/indie/doctor/should.ts";
import { renderTenancySql } from "../../../../../components/database/tenancySql.ts";
import { roleNames } from "../../../../../spec/names.ts";
import { PROJECTS, wellServer } from "./server.ts";

let should: Should;
beforeAll(async () => {
  should = await wellServer();
});

test("all containers, with their networks, ports and volumes", () => {
  const edge = should.containers.find(({ service }) => service === "edge")!;
  expect(edge).toMatchObject({ name: "iv-dev-edge", restart: "always", networks: [{ name: "iv-dev-edge" }], ports: [{ internal: 80, external: 80, ip: "127.0.0.1" }], volumes: [{ name: "iv-dev-edge", path: "/etc/nginx/live" }] });
  expect(should.containers.filter(({ project }) => project === "docs").map(({ service }) => service).sort()).toEqual(["auth", "door", "gateway", "imgproxy", "meta", "realtime", "rest", "storage", "studio"]);
  for (const { name, networks } of should.containers) for (const network of networks) expect([name, should.networks.map((each) => each.name)]).toEqual([name, expect.arrayContaining([network.name])]);
  expect(should.containers.filter(({ project }) => project === "old" || project === "asleep")).toEqual([]);
});

test("the files of the edge, the gateways and the backup container, by project", () => {
  expect(should.edgeFiles.map(({ file, project }) => `${file} ${project ?? "-"}`).sort()).toMatchSnapshot();
  expect(should.gateways.map(({ volume, script, fragments }) => [volume, script, fragments.map(({ file }) => file).sort()])).toEqual([
    ["iv-dev-gateway", "/etc/envoy/fragment.sh", ["asleep", "docs", "old", "shop-eu"]],
    ["iv-dev-docs-gateway", "/etc/envoy/fragment.sh", ["docs"]],
  ]);
  expect(should.backupFiles.map(({ file, project }) => [file, project])).toEqual(PROJECTS.map(({ name }) => [`${name}.json`, name]));
});

test("the tenants of the plane and of a Realtime of its own", () => {
  expect(should.realtimeTenants.map(({ project, container }) => [project, container])).toEqual([["shop-eu", "iv-dev-realtime"], ["docs", "iv-dev-docs-realtime"]]);
  expect(should.storageTenants.map(({ project, container }) => [project, container])).toEqual([["shop-eu", "storage-1a2b3c4"]]);
});

test("databases and roles; a removed project's tenancy is none, its logins are off", () => {
  expect(should.removed).toEqual(["old"]);
  expect(should.databases.map(({ name, owner }) => `${name} of ${owner}`)).toMatchSnapshot();
  expect(should.tenancies.map(({ database, connect }) => [database, connect.length])).toEqual(expect.arrayContaining([["shop_eu", 6], ["docs", 6], ["asleep", 6], ["supabase_storage", 0], ["supabase_realtime_docs", 0]]));
  expect(should.tenancies.map(({ database }) => database)).not.toContain("old");
  expect(should.roles.filter(({ login }) => !login).map(({ name }) => name).sort()).toEqual(Object.values(roleNames("old")).sort());
  expect(should.roles.every(({ password }) => typeof password === "string" && password.length > 20)).toBe(true);
});

describe("what a tenancy grants is what its SQL says", () => {
  const names = (text: string): string[] => [...text.matchAll(/"((?:[^"]|"")+)"|(\w+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  const sql = renderTenancySql({ database: "shop_eu", roles: roleNames("shop-eu") });
  const own = () => should.tenancies.find(({ database }) => database === "shop_eu")!;

  test("CONNECT and CREATE", () => {
    const granted = (privilege: string) => [...sql.matchAll(new RegExp(`^grant ${privilege} on database "shop_eu" to (.*);`, "gm"))].flatMap(([, to]) => names(to!)).sort();
    expect(granted("connect")).toEqual([...own().connect].sort());
    expect(granted("create")).toEqual(own().create);
  });

  test("schemas and their owners", () => {
    expect(Object.fromEntries([...sql.matchAll(/^alter schema (\w+) owner to "(\w+)"/gm)].map(([, schema, owner]) => [schema, owner]))).toEqual(own().inside!.owners);
    expect(sql).toContain(`alter publication supabase_realtime owner to "${own().inside!.publication}"`);
    const granted = [...sql.matchAll(/^grant (.*) on schema (\w+) to (.*?)(?: with grant option)?;/gm)].flatMap(([, privileges, schema, to]) =>
      names(to!).flatMap((role) => (privileges === "all" ? ["usage", "create"] : privileges!.split(", ")).map((privilege) => `${schema} ${role} ${privilege.toUpperCase()}`)),
    );
    expect(own().inside!.grants.map(({ schema, role, privilege }) => `${schema} ${role} ${privilege}`).sort()).toEqual(granted.sort());
  });

  test("settings of roles", () =>
    expect(Object.fromEntries([...sql.matchAll(/^alter role "(\w+)" set (\w+) = '(.*)';/gm)].map(([, role, name, value]) => [role, { [name!]: value }]))).toEqual(own().settings));
});

test("secrets are taken out of their frames, however deep they are", () => {
  const framed = (value: unknown) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(value) });
  fc.assert(fc.property(fc.jsonValue(), (value) => expect(revealed({ a: [framed(value)], b: framed({ c: framed(value) }) })).toEqual({ a: [JSON.parse(JSON.stringify(value))], b: { c: JSON.parse(JSON.stringify(value)) } })));
});
