// Keeps pack and program together: whatever the program makes conforms, and all of it is looked at.
import { beforeAll, expect, test } from "@jest/globals";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { policies } from "../../../policy/policies.ts";
import { changes } from "../../../cli/plan/changes.ts";
import { effectsOf } from "../../../cli/plan/notices.ts";
import { Owners } from "../../../cli/plan/owners.ts";
import { KINDS } from "../../../policy/lib/policy.ts";
import type { Registered } from "../lib/mocks.ts";
import { ISOLATED, program, PROJECT, STACK } from "../lib/program.ts";
import { ask, askStack, type Resource } from "./lib/ask.ts";

let registered: Registered[];
let resources: Resource[];

beforeAll(async () => {
  const projects = [
    { ...PROJECT, name: "blog", services: { ...PROJECT.services, studio: true } },
    { ...ISOLATED, name: "shop" },
    { ...PROJECT, name: "paused", state: "suspended" as const },
    { ...PROJECT, name: "old", state: "removed" as const },
  ];
  const made = await program(projects);
  ({ registered } = made);
  // As index.ts exports them.
  const outputs = { protectData: STACK.protectData, projects: Object.fromEntries(projects.map(({ name }) => [name, { state: made.outputs[name]!.state }])) };
  resources = [
    { type: "pulumi:pulumi:Stack", name: "indie-ventures-dev", props: outputs },
    ...registered.map(({ inputs, ...resource }) => ({ ...resource, props: inputs })),
  ];
});

const isOfResources = (policy: (typeof policies)[number]): policy is ResourceValidationPolicy => "validateResource" in policy;
const ofResources = policies.filter(isOfResources);
const ofStack = policies.filter((policy): policy is StackValidationPolicy => !isOfResources(policy));

test("every resource of the program conforms to every policy of resources", async () => {
  const said = await Promise.all(resources.map((resource) => ask(ofResources, resource)));
  expect(said.flat()).toEqual([]);
  expect(resources.filter(({ type }) => type in KINDS).length).toBeGreaterThan(40);
});

test("all together conform to every policy of the stack", async () => {
  expect(await askStack(ofStack, resources)).toEqual([]);
});

test("every kind of Docker's objects is one that the policies look at", () => {
  const kinds = new Set(registered.map(({ type }) => type).filter((type) => type.startsWith("docker:")));
  expect([...kinds].sort()).toEqual(Object.keys(KINDS).sort());
});

test("what the policies of the stack look for is there", async () => {
  // Each of the homes of the superuser's secrets, and data of each kind.
  const fromSeed = registered.filter(({ propertyDependencies }) => Object.values(propertyDependencies).flat().some((urn) => urn.endsWith("::postgres-seed")));
  expect(fromSeed.map(({ name }) => name).sort()).toEqual(
    ["backup", "backup-reader", "postgres", "postgresql", ...["blog", "old", "paused", "shop", "template"].map((name) => `${name}-realtime-schema`)].sort(),
  );
  const unprotected = resources.map((resource) => ({ ...resource, protect: false }));
  expect((await askStack(ofStack, unprotected)).map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual(
    ["backup-state", "backups", "blog", "blog-seed", "files", "paused", "paused-seed", "postgres-custom", "postgres-data", "postgres-seed", "shop", "shop-seed"].sort(),
  );
});

test("what is protected is what a plan calls data", async () => {
  const data = (await askStack(ofStack, resources.map((resource) => ({ ...resource, protect: false })))).map(({ urn }) => urn);
  const steps = registered.map(({ urn, parentUrn }) => ({ op: "delete", urn, oldState: { parent: parentUrn } }));
  const preview = { config: {}, steps, diagnostics: [] };
  const owners = new Owners(preview);
  const lost = changes(preview).filter((change) => effectsOf(change, owners.components(change.urn)).some(({ kind }) => kind === "data removed"));
  // What is let go while a project is taken away is data as well.
  expect(lost.map(({ urn, name }) => [name, data.includes(urn)]).filter(([, isProtected]) => !isProtected).map(([name]) => name).sort()).toEqual(["old", "old-seed"]);
  expect(data.filter((urn) => !lost.some((each) => each.urn === urn))).toEqual([]);
});
