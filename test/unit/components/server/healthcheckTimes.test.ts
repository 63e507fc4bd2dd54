import { expect, test } from "@jest/globals";
import { healthcheckTimes } from "../../../../components/server/healthcheckTimes.ts";

test.each(["25.0.0", "26.1.5+dfsg1", "29.1.3"])("Docker %s checks often while a container starts, and seldom at rest", (version) =>
  expect(healthcheckTimes(version)).toMatchObject({ interval: "30s", startInterval: "1s" }));

test.each(["20.10.24+dfsg1", "24.0.9", "4.9.3", "dev", ""])("%j is not asked for what it may refuse", (version) => {
  expect(healthcheckTimes(version)).toMatchObject({ interval: "4s" });
  expect(healthcheckTimes(version)).not.toHaveProperty("startInterval");
});
