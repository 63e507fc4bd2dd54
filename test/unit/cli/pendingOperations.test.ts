import { describe, expect, test } from "@jest/globals";
import { decide, edit, type Found, type Operation, outside, type Resource, resourceName } from "../../../cli/pendingOperations.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::indie-ventures::${type}::${name}`;
const labels = (stack: string, stateId: string) => [
  { label: "indie-ventures.service", value: "edge" },
  { label: "indie-ventures.stack", value: stack },
  { label: "indie-ventures.state", value: stateId },
];
const resource = (type: string, inputs: Record<string, unknown>, more: Partial<Resource> = {}): Resource => ({
  urn: urn(type, String(inputs.name)),
  type,
  custom: true,
  inputs,
  ...more,
});

const network = resource("docker:index/network:Network", { name: "iv-dev-edge", labels: labels("dev", "5a") });
const container = resource("docker:index/container:Container", { name: "blog-auth-4f1", labels: labels("dev", "5a") });
const volume = resource("docker:index/volume:Volume", { name: "iv-dev-data", labels: labels("dev", "5a") }, { protect: true });
const role = resource("postgresql:index/role:Role", { name: "blog_owner", password: { ciphertext: "v1:x" } });
const database = resource("postgresql:index/database:Database", { name: "blog", template: "supabase_template" }, { protect: true });
const command = resource("command:local:Command", { create: "true" });

const creating = (resource: Resource): Operation => ({ type: "creating", resource });
const ours: Found = { there: true, id: "0123", stack: "dev", stateId: "5a" };
const decision = (operation: Operation, found: Found, known: Resource[] = []) => decide(operation, outside(operation.resource), found, known).do;

test("the name that people know a resource by", () => expect(resourceName(urn("a:b:C", "blog-auth"))).toBe("blog-auth"));

test("what is outside the state", () => {
  expect(outside(network)).toEqual({ kind: "network", name: "iv-dev-edge", stack: "dev", stateId: "5a" });
  expect(outside(role)).toEqual({ kind: "role", name: "blog_owner" });
  expect(outside(database)).toEqual({ kind: "database", name: "blog" });
  expect(outside(command)).toEqual({ kind: "nothing" });
  expect(outside(resource("pulumi:index:Stash", { input: "x" }))).toEqual({ kind: "nothing" });
  expect(outside(resource("hcloud:index/server:Server", { name: "vm" }))).toEqual({ kind: "unknown" });
  // A name that is not known in plain can not be looked for.
  expect(outside(resource("docker:index/network:Network", { name: { ciphertext: "v1:x" } }))).toEqual({ kind: "unknown" });
});

describe("killed while creating", () => {
  test("what was not made is made by the next update", () => {
    for (const resource of [network, container, volume, role, database]) expect(decision(creating(resource), { there: false })).toBe("clear");
  });
  test("what holds no data goes", () => {
    expect(decision(creating(network), ours)).toBe("remove");
    expect(decision(creating(container), ours)).toBe("remove");
  });
  test("what holds data is kept", () => {
    expect(decision(creating(volume), ours)).toBe("adopt");
    expect(decision(creating(role), { there: true, id: "blog_owner" })).toBe("adopt");
    expect(decision(creating(database), { there: true, id: "blog" })).toBe("adopt");
  });
  test.each<[string, Found]>([
    ["no label at all", { there: true, id: "0123" }],
    ["another stack", { there: true, id: "0123", stack: "prod", stateId: "5a" }],
    ["another state", { there: true, id: "0123", stack: "dev", stateId: "6b" }],
  ])("what is not ours is left alone: %s", (_, found) => {
    for (const resource of [network, container, volume]) expect(decision(creating(resource), found)).toBe("clear");
  });
  test("nothing is ours by two missing labels", () =>
    expect(decision(creating(resource("docker:index/network:Network", { name: "web" })), { there: true, id: "0123" })).toBe("clear"));
  test("what the state knows is neither removed nor taken in twice", () => {
    expect(decision(creating(container), ours, [{ ...container, id: "0123" }])).toBe("clear");
    expect(decision(creating(volume), { ...ours, id: "iv-dev-data" }, [{ ...volume, id: "iv-dev-data" }])).toBe("clear");
  });
  test("a command is run again", () => expect(decision(creating(command), { there: false })).toBe("clear"));
  test("what we do not know we do not touch", () =>
    expect(decision(creating(resource("hcloud:index/server:Server", { name: "vm" })), { there: false })).toBe("stop"));
});

describe("killed while deleting or updating", () => {
  test("what is still there is deleted by the next update", () =>
    expect(decision({ type: "deleting", resource: { ...container, id: "0123" } }, ours)).toBe("clear"));
  test("what is gone leaves the state", () =>
    expect(decision({ type: "deleting", resource: { ...container, id: "0123" } }, { there: false })).toBe("forget"));
  test("a command's delete is run again", () => expect(decision({ type: "deleting", resource: command }, { there: false })).toBe("clear"));
  test("an update is done again", () =>
    expect(decision({ type: "updating", resource: { ...role, id: "blog_owner" } }, { there: false })).toBe("clear"));
});

describe("the edited state", () => {
  const old = { ...container, id: "0999", delete: true };
  const exported = {
    version: 3,
    deployment: { manifest: { magic: "m" }, resources: [network, { ...container, id: "0123" }, old], pending_operations: [creating(database)] },
  };

  test("has the adopted resource with what the program asked for, still protected, and no operation", () => {
    const { deployment } = edit(exported, [{ operation: creating(database), decision: { do: "adopt", id: "blog", why: "" } }]);
    expect(deployment.pending_operations).toEqual([]);
    expect(deployment.resources?.at(-1)).toEqual({ ...database, id: "blog", custom: true, protect: true, outputs: database.inputs });
    expect(deployment.resources).toHaveLength(4);
    expect(deployment).toHaveProperty("manifest");
  });
  test("loses exactly the one that is gone, not its successor of the same URN", () => {
    const { deployment } = edit(exported, [{ operation: { type: "deleting", resource: old }, decision: { do: "forget", why: "" } }]);
    expect(deployment.resources?.map(({ id }) => id)).toEqual([undefined, "0123"]);
  });
  test("is otherwise as it was", () => {
    const { deployment } = edit(exported, [{ operation: creating(network), decision: { do: "clear", why: "" } }]);
    expect(deployment.resources).toEqual(exported.deployment.resources);
  });
});
