import { afterEach, expect, jest, test } from "@jest/globals";
import { runProgram } from "../../../../cli/indie/commandLine.ts";
import { createProgram } from "../../../../cli/indie/program.ts";

const up = jest.fn<(options: { stack: string; pulumiArgs: string[]; emptyServer: boolean }) => Promise<number>>();
jest.unstable_mockModule("../../../../cli/up.ts", () => ({ up }));

afterEach(() => void up.mockReset());

test.each([
  ["up", { stack: "dev", pulumiArgs: [], emptyServer: false }],
  ["up --empty-server", { stack: "dev", pulumiArgs: [], emptyServer: true }],
  ["up --stack prod -- --diff --target x", { stack: "prod", pulumiArgs: ["--diff", "--target", "x"], emptyServer: false }],
])("indie %s", async (line, options) => {
  up.mockResolvedValue(0);
  expect(await runProgram(createProgram(), line.split(" "))).toBe(0);
  expect(up.mock.calls).toEqual([[options]]);
});

test.each([
  ["Pulumi's own codes are not ours", 255, 1],
  ["Ctrl-C", 130, 130],
])("%s: %d becomes %d", async (_, pulumis, ours) => {
  up.mockResolvedValue(pulumis);
  expect(await runProgram(createProgram(), ["up"])).toBe(ours);
});
