import { expect, test } from "@jest/globals";
import { labels } from "../../../../policy/rules/labels.ts";
import { ask, secret, UNKNOWN } from "../lib/ask.ts";
import { container, network, volume } from "../lib/resources.ts";

const SECRET = "4f".repeat(32);
const ours = (change: Record<string, unknown> = {}) =>
  Object.entries({ service: "auth", stack: "dev", state: "0123456789abcdef", project: "blog", ...change })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ label: `indie-ventures.${name}`, value }));

test.each([
  ["a container's", container()],
  ["a network's", network()],
  ["a volume's", volume("files")],
  ["without a project", container({ labels: ours({ project: undefined }) })],
  ["a state that is not known yet", container({ labels: ours({ state: UNKNOWN }) })],
])("conforms: %s", async (_, resource) => expect(await ask([labels], resource)).toEqual([]));

test.each([
  ["none at all", container({ labels: undefined }), 3, "has no label indie-ventures.stack."],
  ["no state, of a volume", volume("files", { labels: ours({ state: undefined }) }), 1, 'The volume "files" has no label indie-ventures.state.'],
  ["one of another's, of a network", network({ labels: [...ours(), { label: "note", value: "x" }] }), 1, 'The network "db" has 1 more than the labels of ours.'],
  ["a secret in one of ours", container({ labels: ours({ project: secret(SECRET) }) }), 1, "has a label indie-ventures.project that is no name."],
  ["a secret in the state", container({ labels: ours({ state: SECRET }) }), 1, "has a label indie-ventures.state that is no name."],
  ["a connection string", container({ labels: ours({ service: `postgres://a:${SECRET}@b` }) }), 1, "has a label indie-ventures.service that is no name."],
  ["a secret in another's", container({ labels: [...ours(), { label: SECRET, value: SECRET }] }), 1, "has 1 more than the labels of ours."],
])("violates: %s", async (_, resource, count, message) => {
  const violations = await ask([labels], resource);
  expect(violations).toHaveLength(count);
  expect(violations[0]).toMatchObject({ policy: "labels", level: "mandatory", message: expect.stringContaining(message) });
  expect(JSON.stringify(violations)).not.toContain(SECRET);
});
