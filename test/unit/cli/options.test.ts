import { expect, test } from "@jest/globals";
import { parseUpOptions } from "../../../cli/options.ts";
import { Stop } from "../../../cli/report.ts";

test("this computer, unless told otherwise", () => expect(parseUpOptions([])).toEqual({ stack: "dev", help: false, emptyServer: false, pulumiArgs: [] }));
test("another stack, and options for pulumi", () =>
  expect(parseUpOptions(["-s", "prod", "--", "--diff", "--stack"])).toEqual({ stack: "prod", help: false, emptyServer: false, pulumiArgs: ["--diff", "--stack"] }));
test.each([["--stak", "prod"], ["prod"], ["--stack"], ["--stack", "../prod"], ["--stack", ""], ["--stack="]])("%s %s is refused", (...args) =>
  expect(() => parseUpOptions(args)).toThrow(Stop));
test("a server that is lost is a word of its own", () => expect(parseUpOptions(["--empty-server"])).toMatchObject({ emptyServer: true, pulumiArgs: [] }));
