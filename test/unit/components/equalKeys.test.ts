import { expect, test } from "@jest/globals";
import { twins, twinsMessage } from "../../../components/equalKeys.ts";

const blog = { name: "blog", seed: "a", generation: 1 };

test("two have the same keys by seed and generation, and by nothing else", () => {
  expect(twins([blog, { name: "docs", seed: "b", generation: 1 }, { ...blog, name: "copy" }])).toEqual(["blog", "copy"]);
  expect(twins([blog, { ...blog, name: "copy", generation: 2 }])).toBeUndefined();
  expect(twins([])).toBeUndefined();
});

test("what to do, without the seed", () => {
  expect(twinsMessage(["blog", "copy"], { stack: "dev", projectsFile: "projects.yaml" })).toMatchInlineSnapshot(`
"projects.yaml: "blog" and "copy" have the same keys, and at the common host, as in Studio, a key alone says which project is meant. Nothing was changed.
Give the one whose apps may get new keys another generation, such as keys: { generation: 2 } (docs/keys.md, "Rotate"), and run \`npm run up\`."
`);
});

test("it names the stack", () => expect(twinsMessage(["blog", "copy"], { stack: "prod", projectsFile: "projects.yaml" })).toContain("run `npm run up -- --stack prod`."));
