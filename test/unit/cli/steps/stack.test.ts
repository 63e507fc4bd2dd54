import { expect, test } from "@jest/globals";
import { explainPassphrase, pulumi } from "../../../../cli/steps/stack.ts";
import { fails, fakeRun, ok } from "../fakeRun.ts";

const said = "error: getting stack configuration: get stack secrets manager: incorrect passphrase";

test("a wrong passphrase: where it came from, and what to do; never the passphrase itself", () => {
  expect(explainPassphrase(said, { PULUMI_CONFIG_PASSPHRASE_FILE: "/state/passphrase" })).toContain("(from /state/passphrase)");
  const words = explainPassphrase(said, { PULUMI_CONFIG_PASSPHRASE: "hunter2", PULUMI_CONFIG_PASSPHRASE_FILE: "/state/passphrase" });
  expect(words).toContain("(from PULUMI_CONFIG_PASSPHRASE)");
  expect(words).not.toContain("hunter2");
});
test("no passphrase", () => expect(explainPassphrase("passphrase must be set with PULUMI_CONFIG_PASSPHRASE", {})).toContain("no passphrase is set"));
test("anything else is not explained", () => expect(explainPassphrase("error: no such host", {})).toBeUndefined());

test("a command on the stack", async () => {
  const { run, ran, stdin } = fakeRun({ "pulumi stack import": ok("done") });
  await expect(pulumi({ run, env: {}, stack: "dev" }, ["stack", "import"], "{}")).resolves.toBe("done");
  expect(ran).toEqual(["pulumi stack import --stack dev --non-interactive"]);
  expect(stdin).toEqual(["{}"]);
});
test("one that fails says why", async () => {
  const { run } = fakeRun({ "pulumi stack import": fails("error: integrity") });
  await expect(pulumi({ run, env: {}, stack: "dev" }, ["stack", "import"])).rejects.toThrow("`pulumi stack import` failed:\nerror: integrity");
});
