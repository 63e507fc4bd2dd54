import { expect, test } from "@jest/globals";
import { inBackupContainer } from "../../../cli/backupContainer.ts";
import { fakeRun, ok } from "./fakeRun.ts";

test("the container's program has a stdin only where it is given something", async () => {
  const { run, ran, stdin } = fakeRun({ docker: ok() });
  await inBackupContainer(run, "prod", ["list", "--json"]);
  expect([ran.pop(), stdin]).toEqual(["docker exec iv-prod-backup node main.ts list --json", []]);
  await inBackupContainer(run, "prod", ["keep-state"], "{}");
  expect([ran.pop(), stdin]).toEqual(["docker exec --interactive iv-prod-backup node main.ts keep-state", ["{}"]]);
});
