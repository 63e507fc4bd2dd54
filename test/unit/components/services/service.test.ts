import { expect, test } from "@jest/globals";
import { HEALTHCHECKS } from "../../../../components/services/service.ts";

test.each(Object.entries(HEALTHCHECKS))("%s is asked at 127.0.0.1: localhost may be ::1, where nobody listens", (_, healthcheck) =>
  expect(healthcheck.join(" ")).not.toContain("localhost"));
