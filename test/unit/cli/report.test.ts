import { afterEach, expect, jest, test } from "@jest/globals";
import { boxed, failed, reporter, seconds, Stop } from "../../../cli/report.ts";

test("one line a step, with its time", async () => {
  const lines: string[] = [];
  const times = [1000, 3400];
  const report = reporter((line) => lines.push(line), () => times.shift()!);
  await expect(report.step(async () => ({ says: "docker 28.2", result: 7 }))).resolves.toBe(7);
  expect(lines).toEqual(["✓ docker 28.2 (2.4 s)"]);
});

test("a step that fails is not ticked off", async () => {
  const lines: string[] = [];
  await expect(reporter((line) => lines.push(line)).step(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(lines).toEqual([]);
});

test("minutes", () => {
  expect(seconds(59_940)).toBe("59.9 s");
  expect(seconds(191_000)).toBe("3 min 11 s");
});

test("the frame", () => expect(boxed(["a", "bcd"])).toBe("┏━━━━━┓\n┃ a   ┃\n┃ bcd ┃\n┗━━━━━┛"));

afterEach(() => void jest.restoreAllMocks());

test.each([
  [new Stop("Docker does not answer."), "✗ Docker does not answer."],
  [new Stop("a container's words:\n\u001b[2J\ttab\r✓ all is well"), "✗ a container's words:\n\ttab\\u{d}✓ all is well"],
  // As Node's file system throws it.
  [Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }), "✗ A disk is full: ENOSPC: no space left on device, write\nMake room, and run the same command again."],
])("what ends the command is said in words, without a stack", (error, words) => {
  const print = jest.spyOn(console, "error").mockReturnValue();
  expect(failed(error)).toBe(1);
  expect(print.mock.calls).toEqual([[words]]);
});
