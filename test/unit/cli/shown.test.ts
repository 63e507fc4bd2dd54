import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { shownLine, shownLines } from "../../../cli/shown.ts";

test.each([
  ["\u001b[31mred\u001b[0m", "red"],
  ["a\tb", "a\tb"],
  ["windows' end\r", "windows' end"],
  ["rest | ok\rauth | ok", "rest | ok\\u{d}auth | ok"],
  ["x\b\b\bauth", "x\\u{8}\\u{8}\\u{8}auth"],
  ["\u001b", "\\u{1b}"],
  ["\u202etxt", "\\u{202e}txt"],
])("%j", (line, words) => expect(shownLine(line)).toBe(words));

test("whatever it is, a terminal obeys nothing of it, and it stays one line", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (line) => expect(shownLine(line)).not.toMatch(/[^\P{Cc}\t]|[\p{Zl}\p{Zp}]/u)));
});

test("lines stay lines", () => expect(shownLines("one\ntwo\rthree\n")).toBe("one\ntwo\\u{d}three\n"));
