import { expect, test } from "@jest/globals";
import { up } from "../../../cli/up.ts";
import { loudOptions, refuseSecrets } from "../../../cli/verbosity.ts";

const said = (line: string, env = {}) => loudOptions(line.split(" "), env);

test.each([
  ["--debug", "--debug"],
  ["--diff --debug=true", "--debug=true"],
  ["-d", "-d"],
  ["-yd", "-yd"],
  ["-v=3", "-v=3"],
  ["-v3", "-v3"],
  ["-v 9", "-v 9"],
  ["--logtostderr -v=9", "-v=9"],
  ["-yv=11", "-yv=11"],
  ["-yv 4", "-yv 4"],
  ["--verbose=3", "--verbose=3"],
  ["--verbose 5 --diff", "--verbose 5"],
  ["-v=0x9", "-v=0x9"],
  ["-v=1 -v=7", "-v=7"],
])("shows secrets: %s", (line, loud) => expect(said(line)).toEqual([loud]));

test.each(["--diff", "--logtostderr -v=2", "-v 1", "-v2", "--verbose=0", "--verbose 2", "--debug=false", "-d=false", "-y -f", "-s dev", "-mdv9", "-tdev", "--target urn::v9", "--verbose", "-p 4", "--policy-pack policy"])(
  "shows none: %s",
  (line) => expect(said(line)).toEqual([]),
);

test.each([
  [{ PULUMI_OPTION_DEBUG: "1" }, ["PULUMI_OPTION_DEBUG"]],
  [{ PULUMI_OPTION_VERBOSE: "9" }, ["PULUMI_OPTION_VERBOSE"]],
  [{ PULUMI_OPTION_DEBUG: "false", PULUMI_OPTION_VERBOSE: "2" }, []],
  [{ PULUMI_OPTION_VERBOSE: "" }, []],
])("the variables that Pulumi takes for the options: %j", (env, loud) => expect(said("--diff", env)).toEqual(loud));

test("the error says what, why, and what to do", () => {
  const refuse = (args: string[]) => () => refuseSecrets("up", { stack: "prod", args, env: {} });
  expect(refuse(["--diff"])).not.toThrow();
  expect(refuse(["--debug"])).toThrow(/^--debug shows secrets: Pulumi prints the whole environment of containers.*\nNothing was done\. Leave it out.*\n  source \.indie\/env && pulumi up --stack prod …$/);
  try {
    refuse(["-v=9"])();
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 });
  }
});

test("`indie up` refuses it before it sets anything up", async () => {
  await expect(up({ stack: "prod", pulumiArgs: ["--diff", "--debug"], emptyServer: false })).rejects.toThrow(/^--debug shows secrets/);
});
