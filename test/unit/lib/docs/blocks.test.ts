import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { commandsOf, isShown, isTyped, parseBlocks, whyNotRun } from "../../../lib/docs/blocks.ts";

const word = fc.stringMatching(/^[a-z]{1,8}$/);
/** A line of a block: whatever is no fence. Its own indentation begins with a word, so that it is not taken for the fence's. */
const line = fc.string({ maxLength: 30 }).filter((text) => !/[\n\r]/.test(text) && !/^\s*(`{3}|~{3})/.test(text) && !/^\s/.test(text));
const written = fc.record({
  language: fc.option(word, { nil: "" }),
  info: fc.array(word, { maxLength: 3 }).map((words) => words.join(" ")),
  lines: fc.array(line, { maxLength: 5 }),
  indentation: fc.integer({ min: 0, max: 4 }),
  fence: fc.constantFrom("```", "````", "~~~"),
});

const render = ({ language, info, lines, indentation, fence }: typeof written extends fc.Arbitrary<infer T> ? T : never): string =>
  [`${fence}${language}${language === "" || info === "" ? "" : ` ${info}`}`, ...lines, fence].map((each) => (each === "" ? "" : " ".repeat(indentation) + each)).join("\n");

describe("blocks of a page", () => {
  test("what is written is read: language, what is behind it, every line", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(line, written)), (page) => {
        const markdown = page.map(([prose, block]) => `${prose}\n\n${render(block)}\n`).join("\n");
        expect(parseBlocks(markdown).map(({ language, info, text }) => ({ language, info, text }))).toEqual(
          page.map(([, { language, info, lines }]) => ({ language, info: language === "" ? "" : info, text: lines.join("\n") })),
        );
      }),
    );
  });

  test("each has the line that it begins at, and a longer fence holds a shorter one", () => {
    const blocks = parseBlocks("# a\n\n````md\n```sh\nls\n```\n````\n```\nlast");
    expect(blocks).toEqual([
      { line: 3, language: "md", info: "", text: "```sh\nls\n```" },
      { line: 8, language: "", info: "", text: "last" },
    ]);
  });

  test("never throws, whatever the page", () => {
    fc.assert(fc.property(fc.array(fc.constantFrom("```", "````sh", "~~~", "a", "  ```js x", "")).map((lines) => lines.join("\n")), (page) => void parseBlocks(page)));
  });
});

describe("what a block is for", () => {
  const block = (language: string, info = "", text = "") => ({ line: 1, language, info, text });

  test.each([["sh", true], ["console", true], ["js", true], ["yaml", false], ["text", false], ["", false]])("%j is typed: %j", (language, typed) => {
    expect(isTyped(block(language))).toBe(typed);
  });

  test("the reason why no test runs it", () => {
    expect([block("sh"), block("sh", "not run here: needs a bucket"), block("sh", "not run here:  "), block("sh", "copy")].map(whyNotRun)).toEqual([
      undefined,
      "needs a bucket",
      "",
      undefined,
    ]);
  });

  test("a terminal's commands, each with what it shows", () => {
    expect(commandsOf(block("console", "", "$ npx indie list\nblog  there\n\ndocs  there\n$ true"))).toEqual([
      { command: "npx indie list", shows: ["blog  there", "docs  there"] },
      { command: "true", shows: [] },
    ]);
    expect(commandsOf(block("sh", "", "one\n\ntwo")).map(({ command }) => command)).toEqual(["one", "two"]);
  });
});

describe("what a page shows is what was printed", () => {
  test.each([
    ["blog   http://blog.localhost", "  blog                 http://blog.localhost", true],
    ["memory 336 → 0 MB, 3.5 s", "memory 1312 → 12 MB, 12.25 s", true],
    ["last proven: 2026-11-27 03:00 UTC", "last proven: 2027-01-02 14:31 UTC", true],
    ["sb_publishable_…", "sb_publishable_abc", true],
    ["a (b)", "a b", false],
    ["blog is suspended", "blog is removed", false],
  ])("%j, of %j: %j", (line, printed, expected) => expect(isShown(line, printed)).toBe(expected));

  test("any line is shown by itself", () => fc.assert(fc.property(line.filter((text) => text.trim() !== ""), (text) => isShown(text, text))));
});
