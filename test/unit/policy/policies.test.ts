import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import fc from "fast-check";
import { KINDS } from "../../../policy/lib/policy.ts";
import { policies } from "../../../policy/policies.ts";
import { ask } from "./lib/ask.ts";
import { container } from "./lib/resources.ts";

const names = policies.map(({ name }) => name);

test("each has a name of its own, a description that is a sentence, and a line in the guide", () => {
  expect(new Set(names).size).toBe(names.length);
  const guide = readFileSync("docs/policies.md", "utf8");
  for (const { name, description } of policies) {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(guide).toContain(`| \`${name}\` |`);
  }
});

const ofResources = policies.filter((policy): policy is ResourceValidationPolicy => "validateResource" in policy);

/** Wherever a value can stand, and in the shapes that the policies look for. */
const SECRET = "5ec7e7c0ffee5ec7e7c0ffee5ec7e7c0ffee";
const text = fc.constantFrom(
  ...[SECRET, `${SECRET}=`, `=${SECRET}`, `postgres://postgres:${SECRET}@db/x`, `supabase_admin ${SECRET}`, `SUPERUSER ${SECRET}=1`, `/run/${SECRET}/docker.sock`],
  ...[`indie-ventures.service`, `indie-ventures.${SECRET}`, "db", "scratch", "host", `${SECRET}/image`],
);
const inner = fc.record(
  Object.fromEntries(["label", "value", "name", "hostPath", "source", "fromContainer", "ip", "protocol"].map((key) => [key, text])),
  { requiredKeys: [] },
);
const properties = fc.record(
  {
    image: text,
    name: text,
    ...Object.fromEntries(["restart", "networkMode", "pidMode", "ipcMode", "gpus"].map((key) => [key, text])),
    ...Object.fromEntries(["envs", "securityOpts", "deviceCgroupRules"].map((key) => [key, fc.array(text, { maxLength: 3 })])),
    capabilities: fc.record({ adds: fc.array(text, { maxLength: 3 }) }),
    ...Object.fromEntries(["labels", "networksAdvanced", "volumes", "mounts", "ports"].map((key) => [key, fc.array(inner, { maxLength: 3 })])),
    driverOpts: fc.record({ device: text, o: text }),
    privileged: fc.boolean(),
  },
  { requiredKeys: ["image", "name"] },
);

test("no message holds a value, whatever is wrong", async () => {
  let said = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(KINDS)), properties, async (type, props) => {
      const violations = await ask(ofResources, { type, name: "blog-auth", props });
      said += violations.length;
      expect(JSON.stringify(violations)).not.toContain(SECRET);
    }),
    { numRuns: 500 },
  );
  expect(said).toBeGreaterThan(500);
});

test("a resource that is excepted by its name is not looked at, and others are", async () => {
  const restart = ofResources.find(({ name }) => name === "restart-always")!;
  const validate = (name: string) => {
    const said: string[] = [];
    const { type, props } = container({ restart: "no" });
    // What the engine sends of --policy-pack-config reaches a policy by getConfig.
    const args = { type, props, name, getConfig: () => ({ except: ["blog-auth"] }) };
    (restart.validateResource as (args: unknown, report: (message: string) => void) => void)(args, (message) => said.push(message));
    return said.length;
  };
  expect([validate("blog-auth"), validate("docs-auth")]).toEqual([0, 1]);
});
