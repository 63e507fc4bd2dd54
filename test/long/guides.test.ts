// A newcomer goes through the quick start and all guides, and types each command that they show.
import { expect, test } from "@jest/globals";
import { newcomerTypes } from "../e2e/lib/guides/newcomer.ts";
import { ORDER } from "../e2e/lib/guides/order.ts";
import { blocksToRun } from "../lib/docs/pages.ts";

const typed = newcomerTypes(ORDER);

test("each block that says nothing else was typed", () => {
  const named = ({ page, line }: { page: string; line: number }) => `${page}:${line}`;
  expect(blocksToRun().map(named).filter((name) => ![...typed].map(named).includes(name))).toEqual([]);
});
