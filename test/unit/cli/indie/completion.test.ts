import { afterEach, expect, jest, test } from "@jest/globals";
import { openContext } from "../../../../cli/indie/commandLine.ts";
import { completion } from "../../../../cli/indie/completion.ts";
import { createProgram } from "../../../../cli/indie/program.ts";
import { complete, projectNames } from "../../../../cli/indie/work/completion.ts";
import { fake, type Fake } from "./fakeContext.ts";

let made: Fake | undefined;
afterEach(() => {
  jest.restoreAllMocks();
  made?.remove();
  made = undefined;
});

/** What is said at a TAB, as the shell's script reads it. */
function said(text: string, ...words: string[]): string {
  made?.remove();
  made = fake({ text });
  const lines: unknown[] = [];
  const print = jest.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
  complete(createProgram(openContext, [completion]), made.context, words);
  print.mockRestore();
  return lines.join("\n");
}

const commands = createProgram()
  .commands.map((command) => command.name())
  .filter((name) => name !== "complete");
/** Not a name, and a line that can not be read: what they say would be run. */
const HOSTILE = "projects:\n  - name: $(touch here)\n  - name: blog\n    colour: '`touch here`'\n";

test.each([[[""]], [["--"]], ...commands.flatMap((command) => [[[command, ""]], [[command, "--"]]])])(
  "%j: plain words, and a line about each: bash expands what it is given",
  (words) => {
    expect(said(HOSTILE, ...words)).toMatch(/^(?:-{0,2}[a-zA-Z][\w-]*\t.*\n)*:\d+$/);
  },
);

test("all commands", () => {
  const names = said("", "")
    .split("\n")
    .map((line) => line.split("\t")[0]);
  expect(names).toEqual(expect.arrayContaining(commands));
});

test("the words that an option takes", () => expect(said("", "add", "--architecture", "")).toMatch(/^shared\t.*\nisolated\t/));

test.each([
  ["projects: [{ name: blog }, { name: docs }]", ["blog", "docs"]],
  [HOSTILE, ["blog"]],
  ["projects: [", []],
  ["", []],
  ["projects: { blog: 1 }", []],
])("projects of %j", (text, names) => {
  made = fake({ text });
  expect(projectNames(made.context)).toEqual(names);
});

test("no file, no names, and no words about it", () => {
  made = fake();
  expect(projectNames(made.context)).toEqual([]);
});
