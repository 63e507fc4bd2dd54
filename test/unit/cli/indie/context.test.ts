import { expect, test } from "@jest/globals";
import { calledFrom } from "../../../../cli/indie/context.ts";

test.each([
  ["npm runs a script of the clone", "/clone", "/apps/blog", "/apps/blog"],
  ["npx, in the clone", "/clone", "/clone", "/clone"],
  ["no npm", "/apps/blog", undefined, "/apps/blog"],
  ["no npm, in the clone", "/clone", undefined, "/clone"],
  ["a script of an app that changes its folder first", "/apps/blog/web", "/apps/blog", "/apps/blog/web"],
])("the folder in which it was typed: %s", (_, cwd, npmCalledFrom, folder) => expect(calledFrom(cwd, npmCalledFrom, "/clone")).toBe(folder));
