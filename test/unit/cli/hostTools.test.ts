import { expect, test } from "@jest/globals";
import { missingPackages } from "../../../cli/steps/hostTools.ts";

test("a package is missing when none of its paths is there", () => {
  const tools = [
    { package: "a", paths: ["/a", "/b"] },
    { package: "c", paths: ["/c"] },
  ];
  expect(missingPackages(tools, (path) => path === "/b")).toEqual(["c"]);
  expect(missingPackages(tools, () => true)).toEqual([]);
  expect(missingPackages(tools, () => false)).toEqual(["a", "c"]);
});
