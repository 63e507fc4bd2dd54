import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { root } from "../../../cli/layout.ts";

const page = readFileSync(join(root, "docs", "lost-elsewhere.md"), "utf8");
const links = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+\.ts)\)/g)].map(([, title, file]) => [title!, file!] as const);

test.each(links)("%j is a test of %s", (title, file) => expect(readFileSync(join(root, file), "utf8")).toContain(title));

test("each row names one, itself or by a row before it", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| ")).slice(1);
  expect(rows.filter((row) => !/\]\(\.\.\/test\/|the same|above/.test(row))).toEqual([]);
  expect(rows.length).toBeGreaterThan(15);
});
