import { beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import type { Resource } from "../../../cli/pendingOperations.ts";
import { reporter } from "../../../cli/report.ts";
import { missingInState, renderImport, strays, takeBack } from "../../../cli/takenOut.ts";
import type { Registered } from "../lib/mocks.ts";
import { ISOLATED, program, PROJECT } from "../lib/program.ts";
import { fails, fakeRun, ok } from "./fakeRun.ts";

let registered: Registered[];
beforeAll(async () => {
  ({ registered } = await program([PROJECT, { ...ISOLATED, name: "docs" }]));
});

const URN = "urn:pulumi:dev::indie-ventures::";
const urnOf = (type: string, name: string) => `${URN}${type}::${name}`;
const isComponent = ({ type }: Registered) => type.startsWith("indie-ventures:");
const inPostgres = ({ type }: Registered) => type.startsWith("postgresql:");

/** The state that an update of the program leaves, as far as it is looked at. Two components may have one name: a parent is of these types. */
const parents = ["ProjectDatabase", "MetadataDatabase", "PostgresServer"].map((type) => `indie-ventures:index:${type}`);
const parentUrn = (name: string) => urnOf(registered.find((each) => parents.includes(each.type) && each.name === name)!.type, name);
const state = (): Resource[] => [
  ...registered.filter(isComponent).map(({ type, name }) => ({ urn: urnOf(type, name), type })),
  ...registered.filter(inPostgres).map(({ type, name, parent, inputs }) => ({ urn: urnOf(type, name), type, parent: parentUrn(parent), id: String(inputs.name), inputs })),
  { urn: urnOf("pulumi:providers:postgresql", "postgresql"), type: "pulumi:providers:postgresql" },
  { urn: urnOf("random:index/randomId:RandomId", "state"), type: "random:index/randomId:RandomId", outputs: { hex: "5a" } },
];
const exported = (resources: Resource[]) => ({ version: 3, deployment: { resources } });
const isInPostgres = ({ type }: Resource) => type.startsWith("postgresql:");

describe("what the state lacks", () => {
  test("nothing, after an update", () => expect(missingInState(exported(state()))).toEqual([]));

  test("whatever the program makes in Postgres, by the names that it has there", () => {
    const all = missingInState(exported(state().filter((resource) => !isInPostgres(resource))));
    const made = registered.filter(inPostgres).map(({ type, name, inputs, parent }) => ({ kind: type.endsWith(":Role") ? "role" : "database", name, id: inputs.name, parent: parentUrn(parent) }));
    expect(made.length).toBeGreaterThan(15);
    const sorted = (list: object[]) => list.map((each) => JSON.stringify(each, ["kind", "name", "id", "parent"])).sort();
    expect(sorted(all)).toEqual(sorted(made));
  });

  test("of a project that the state does not know, nothing is missing", () => expect(missingInState(exported([]))).toEqual([]));
});

test("the file of an import names parents and the provider", () => {
  const [parent, other] = [urnOf("a:b:C", "blog"), urnOf("a:b:D", "blog")];
  expect(
    renderImport(
      [
        { kind: "role", name: "blog-owner", id: "blog_owner", parent },
        { kind: "database", name: "x", id: "y", parent: other },
        { kind: "database", name: "blog", id: "blog", parent },
      ],
      "urn:p",
    ),
  ).toEqual({
    nameTable: { provider: "urn:p", parent0: parent, parent1: other },
    resources: [
      { type: "postgresql:index/role:Role", name: "blog-owner", id: "blog_owner", parent: "parent0", provider: "provider" },
      { type: "postgresql:index/database:Database", name: "x", id: "y", parent: "parent1", provider: "provider" },
      { type: "postgresql:index/database:Database", name: "blog", id: "blog", parent: "parent0", provider: "provider" },
    ],
  });
});

test("containers that nobody knows", () => {
  const known: Resource = { urn: urnOf("docker:index/container:Container", "blog-auth"), type: "docker:index/container:Container", id: "01" };
  expect(strays([known], [{ id: "01", name: "blog-auth-1" }, { id: "02", name: "blog-auth-0" }])).toEqual(["blog-auth-0"]);
});

describe("before an update", () => {
  const withoutDatabase = () => exported(state().filter(({ urn }) => !/:(Database|Role)::(blog|blog-owner|shop-eu|shop-eu-owner)$/.test(urn)));
  async function taking(inPostgresThere: string[], answers: Parameters<typeof fakeRun>[0] = {}) {
    const lines: string[] = [];
    let file: unknown;
    const fake = fakeRun({ "docker ps": ok("02 blog-auth-0\n"), ...answers });
    const run: typeof fake.run = (program, args, options) => {
      if (program === "pulumi" && args[0] === "import") file = JSON.parse(readFileSync(args[args.indexOf("--file") + 1]!, "utf8"));
      return fake.run(program, args, options);
    };
    const findInPostgres = (_: string, names: string[]) => Promise.resolve(names.filter((name) => inPostgresThere.includes(name)));
    await takeBack({ run, env: {}, stack: "dev", report: reporter((line) => lines.push(line)), findInPostgres }, withoutDatabase());
    return { lines, file, ran: fake.ran };
  }

  test("what was never made is not asked of Pulumi", async () => expect((await taking([])).ran).toEqual([]));

  test("what is there with its data comes back, protected, and what runs beside it is said", async () => {
    const { lines, file, ran } = await taking(["shop_eu", "another"], { "pulumi import": ok() });
    expect(file).toMatchObject({ resources: [{ type: "postgresql:index/database:Database", name: "shop-eu", id: "shop_eu" }] });
    expect(ran[0]).toMatch(/^pulumi import --file \S+ --yes --skip-preview --generate-code=false --protect=true --stack dev/);
    expect(lines.join("\n")).toMatch(/taken back into Pulumi's state, which had lost them: database shop_eu[^]*docker stop blog-auth-0 && docker rm blog-auth-0/);
  });

  test("an import that fails is said, and nothing is hidden", () => expect(taking(["shop_eu"], { "pulumi import": fails("no such thing") })).rejects.toThrow(/no such thing/));
});
