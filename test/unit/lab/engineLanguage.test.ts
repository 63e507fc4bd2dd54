import { describe, expect, test } from "@jest/globals";
import { nodeArguments, runArguments, runResult, runtimeOptions, typescriptEnvironment } from "../../lab/engine/language/program.ts";

describe("runtime.options of Pulumi.yaml", () => {
  test("those of this project are taken", () => {
    const options = { typescript: false, nodeargs: "--stack-trace-limit=3 --disable-warning=ExperimentalWarning" };
    expect(runtimeOptions(options)).toEqual(options);
    expect(nodeArguments(options)).toEqual(["--stack-trace-limit=3", "--disable-warning=ExperimentalWarning"]);
    expect(typescriptEnvironment(options)).toEqual({});
  });

  test("none: TypeScript is on, as with the released host", () => {
    expect(nodeArguments({})).toEqual([]);
    expect(typescriptEnvironment({})).toEqual({ PULUMI_NODEJS_TYPESCRIPT: "true" });
    expect(typescriptEnvironment({ tsconfig: "t.json" })).toEqual({ PULUMI_NODEJS_TYPESCRIPT: "true", PULUMI_NODEJS_TSCONFIG_PATH: "t.json" });
  });

  test.each([
    [{ typescript: "false" }, "runtime.options.typescript must be a boolean"],
    [{ nodeargs: ["-x"] }, "runtime.options.nodeargs must be a string"],
    [{ production: true }, "runtime.options.production is not known"],
  ])("%j is refused", (options, message) => expect(() => runtimeOptions(options)).toThrow(message));

  test("quotes are refused, not misread", () => expect(() => nodeArguments({ nodeargs: "--title='a b'" })).toThrow("no quotes"));
});

const program = {
  monitor: "127.0.0.1:1", engine: "127.0.0.1:2", organization: "organization", project: "p", rootDirectory: "/r", stack: "dev",
  programDirectory: "/r/d", dryRun: false, parallel: 8, entryPoint: "index.ts", args: [],
};

describe("arguments of the program's runner", () => {
  test("all of them", () => {
    expect(runArguments({ ...program, dryRun: true, args: ["--x", "y"] })).toEqual([
      "--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "organization", "--project", "p", "--root-directory", "/r",
      "--stack", "dev", "--pwd", "/r/d", "--parallel", "8", "--dry-run", "index.ts", "--x", "y",
    ]);
  });

  test("an empty one is left out, an update is no dry run", () => {
    const args = runArguments({ ...program, organization: "" });
    expect(args).not.toContain("--organization");
    expect(args).not.toContain("--dry-run");
  });
});

test.each([
  ["success", { exitCode: 0 }, { error: "", bail: false }],
  ["an error that the user has seen", { exitCode: 32 }, { error: "", bail: true }],
  ["any other", { exitCode: 1 }, { error: "Program exited with non-zero exit code: 1", bail: false }],
  ["a signal", { signal: "SIGKILL" }, { error: "Program was ended by SIGKILL", bail: false }],
  ["no start", { message: "spawn node ENOENT" }, { error: "Program could not be started: spawn node ENOENT", bail: false }],
])("%s", (_what, ended, result) => expect(runResult(ended)).toEqual(result));
