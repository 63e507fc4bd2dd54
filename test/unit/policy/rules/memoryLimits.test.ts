import { expect, test } from "@jest/globals";
import { memoryLimits } from "../../../../policy/rules/memoryLimits.ts";
import { ask } from "../lib/ask.ts";
import { container } from "../lib/resources.ts";

test.each([
  ["a limit", container({ memory: 96 })],
  ["Postgres", container({ memory: undefined }, "postgres")],
  ["the edge", container({ memory: undefined }, "edge")],
  ["a door", container({ memory: undefined }, "door")],
])("conforms: %s", async (_, resource) => expect(await ask([memoryLimits], resource)).toEqual([]));

test.each([
  ["none", container({ memory: undefined })],
  ["0, which is none", container({ memory: 0 })],
  ["none, in a container that says nothing of itself", container({ memory: undefined, labels: undefined })],
])("violates: %s", async (_, resource) => {
  const message = expect.stringContaining('The container "blog-auth" has no limit of memory. Set `memory`');
  expect(await ask([memoryLimits], resource)).toEqual([expect.objectContaining({ policy: "memory-limits", level: "mandatory", message })]);
});
