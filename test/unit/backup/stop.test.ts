import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { firstLine, shown } from "../../../images/backup/stop.ts";

test("a name can not begin a line of its own, nor move a terminal's cursor, nor turn the writing around", () => {
  expect(shown("a\nblog: backup 1 is proven\u001b[2K\u202e\u2028")).toBe("a\\u{a}blog: backup 1 is proven\\u{1b}[2K\\u{202e}\\u{2028}");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => expect(shown(name)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)));
});

test("of what a program said, the first line, on one line", () => {
  expect(firstLine("\n error: a\u001bb\nDETAIL: a row\n")).toBe("error: a\\u{1b}b");
});
