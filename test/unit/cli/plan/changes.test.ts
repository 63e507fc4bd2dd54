import { expect, test } from "@jest/globals";
import { changes } from "../../../../cli/plan/changes.ts";
import { CONTAINER, CREATE_FIRST, DATABASE, DELETE_FIRST, preview, steps } from "./previews.ts";

const PATH = ["SupabaseProject blog", `${CONTAINER} blog-auth`];
const one = (ops: string | string[], states?: Parameters<typeof steps>[2]) => changes(preview(steps(PATH, ops, states)));

test.each([
  ["create", "create"],
  ["import", "create"],
  ["update", "update"],
  ["delete", "delete"],
  // What an update that was killed left behind.
  ["delete-replaced", "delete"],
])("%s: %s", (op, operation) => expect(one(op)).toEqual([expect.objectContaining({ operation, name: "blog-auth", type: CONTAINER, isDeletedFirst: false })]));

test.each([
  ["the new one comes first", CREATE_FIRST, false],
  ["the old one goes first", DELETE_FIRST, true],
  ["without its parts", ["replace"], false],
])("the steps of a replacement are one change: %s", (_title, ops, isDeletedFirst) =>
  expect(one(ops).map((change) => [change.operation, change.isDeletedFirst, change.steps.map(({ op }) => op)])).toEqual([["replace", isDeletedFirst, ops]]));

test("what stays, and what is only looked at, is no change", () => {
  for (const op of ["same", "read", "discard"]) expect(one(op)).toEqual([]);
});

test("what the state forgets and the server keeps is not deleted", () =>
  expect(changes(preview(steps(["SupabaseProject blog", `${DATABASE} blog`], "delete", { oldState: { retainOnDelete: true } })))).toEqual([
    expect.objectContaining({ operation: "forget" }),
  ]));

test("a protection that comes or goes is a change, though Pulumi calls it same", () => {
  expect(one("same", { oldState: { protect: true }, newState: {} })).toEqual([expect.objectContaining({ operation: "update", properties: ["protect"] })]);
  expect(one("same", { oldState: {}, newState: { protect: true } })).toHaveLength(1);
  expect(one("same", { oldState: { protect: true }, newState: { protect: true } })).toEqual([]);
});

test("of what differs only the name is taken", () => {
  const [update] = steps(PATH, "update").slice(-1);
  const step = { ...update!, diffReasons: ["stdin"], detailedDiff: { "envs[3]": {}, "environment.PROJECT": {}, "uploads[0].content": {} } };
  expect(changes(preview([step]))[0]!.properties).toEqual(["environment", "envs", "stdin", "uploads"]);
});
