import { expect, test } from "@jest/globals";
import { restartAlways } from "../../../../policy/rules/restartAlways.ts";
import { ask } from "../lib/ask.ts";
import { container } from "../lib/resources.ts";

test("conforms: always", async () => expect(await ask([restartAlways], container())).toEqual([]));

test.each(["unless-stopped", "on-failure", "no", undefined])("violates: %s", async (restart) => {
  const message = expect.stringContaining('The container "blog-auth" is not started again by itself.');
  expect(await ask([restartAlways], container({ restart }))).toEqual([expect.objectContaining({ policy: "restart-always", level: "mandatory", message })]);
});
