// As program.test.ts, for a server with HTTPS.
import { beforeAll, expect, test } from "@jest/globals";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { policies } from "../../../policy/policies.ts";
import { LETS_ENCRYPT } from "../../../spec/tls.ts";
import { ISOLATED, program, PROJECT, STACK } from "../lib/program.ts";
import { ask, askStack, type Resource } from "./lib/ask.ts";

let resources: Resource[];

beforeAll(async () => {
  const projects = [{ ...PROJECT, name: "blog" }, { ...ISOLATED, name: "shop" }];
  const { registered } = await program(projects, { ...STACK, domain: "example.com", tls: { issuer: "letsencrypt", email: "me@example.com", server: LETS_ENCRYPT } });
  const outputs = { protectData: true, projects: Object.fromEntries(projects.map(({ name }) => [name, { state: "present" }])) };
  resources = [{ type: "pulumi:pulumi:Stack", name: "indie-ventures-dev", props: outputs }, ...registered.map(({ inputs, ...resource }) => ({ ...resource, props: inputs }))];
});

test("all of it conforms", async () => {
  expect(resources.map(({ name }) => name)).toEqual(expect.arrayContaining(["acme", "certificates", "blog-https", "studio.shop-https"]));
  const ofResources = policies.filter((policy): policy is ResourceValidationPolicy => "validateResource" in policy);
  const ofStack = policies.filter((policy): policy is StackValidationPolicy => !("validateResource" in policy));
  expect((await Promise.all(resources.map((resource) => ask(ofResources, resource)))).flat()).toEqual([]);
  expect(await askStack(ofStack, resources)).toEqual([]);
});
