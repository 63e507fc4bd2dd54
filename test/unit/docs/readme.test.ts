// README shows how `npm run up` ends. That it is printed at all the quick start's test sees (test/e2e/quickStart.test.ts).
import { expect, test } from "@jest/globals";
import { whatNext } from "../../../cli/up.ts";
import { parseBlocks } from "../../lib/docs/blocks.ts";
import { readPage } from "../../lib/docs/pages.ts";

test("the last lines of the first update", () => {
  const shown = parseBlocks(readPage("README.md")).find(({ text }) => text.startsWith("Projects of dev:"))!.text.split("\n");
  expect(shown.slice(-2)).toEqual(whatNext("dev"));
  expect(whatNext("prod").join("\n").match(/ --stack prod/g)).toHaveLength(3);
});
