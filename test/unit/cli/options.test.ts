import { describe, expect, test } from "@jest/globals";
import { parseBenchOptions, parseUpOptions } from "../../../cli/options.ts";
import { Stop } from "../../../cli/report.ts";

test("this computer, unless told otherwise", () => expect(parseUpOptions([])).toEqual({ stack: "dev", help: false, emptyServer: false, pulumiArgs: [] }));
test("another stack, and options for pulumi", () =>
  expect(parseUpOptions(["-s", "prod", "--", "--diff", "--stack"])).toEqual({ stack: "prod", help: false, emptyServer: false, pulumiArgs: ["--diff", "--stack"] }));
test.each([["--stak", "prod"], ["prod"], ["--stack"], ["--stack", "../prod"], ["--stack", ""], ["--stack="]])("%s %s is refused", (...args) =>
  expect(() => parseUpOptions(args)).toThrow(Stop));
test("a server that is lost is a word of its own", () => expect(parseUpOptions(["--empty-server"])).toMatchObject({ emptyServer: true, pulumiArgs: [] }));

describe("npm run bench", () => {
  const parse = (...args: string[]) => parseBenchOptions(args, ["projects", "backups"]);
  test("all of it, unless told otherwise", () => expect(parse()).toEqual({ names: ["projects", "backups"], megabytes: [100, 1000], help: false }));
  test("some, of other sizes", () => expect(parse("backups", "--megabytes", "20,100")).toEqual({ names: ["backups"], megabytes: [20, 100], help: false }));
  test.each([["backup"], ["--megabytes"], ["--megabytes", ""], ["--megabytes", "100,"], ["--megabytes", "10"], ["--megabytes", "1e3"], ["--megabytes", "1000,100"], ["--size", "1"]])(
    "%s %s is refused",
    (...args) => expect(() => parse(...args)).toThrow(Stop),
  );
});
