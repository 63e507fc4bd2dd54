import { expect, test } from "@jest/globals";
import { requirePresent } from "../../../images/backup/project.ts";
import { Refused } from "../../../images/backup/stop.ts";

test("nothing is put into a project that is being removed, on whatever day it is to be purged", () => {
  expect(() => requirePresent({ name: "blog" })).not.toThrow();
  for (const purgeAfterDays of [0, 14]) {
    expect(() => requirePresent({ name: "blog", purgeAfterDays })).toThrow(Refused);
    expect(() => requirePresent({ name: "blog", purgeAfterDays })).toThrow(/^"blog" has state: removed in projects.yaml/);
  }
});
