// A newcomer goes through the quick start and the guides, in a pseudo-terminal, and types each command that they show.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { labEnvironment } from "../../cli/labEnvironment.ts";
import { blocksToRun } from "../lib/docs/pages.ts";
import { ORDER } from "./lib/guides/order.ts";
import { NotShown, Reader } from "./lib/guides/reader.ts";

const blocks = blocksToRun();
const typedBlocks = new Set<(typeof blocks)[number]>();
let reader: Reader;
let isBroken = false;

beforeAll(async () => {
  // Docker runs, and what takes minutes to build is there: what the reader waits for is the reader's own.
  await labEnvironment();
  reader = await Reader.arrive();
});

afterAll(async () => {
  await reader?.leave();
});

test.each(ORDER.map((step) => [step.page, step.begins, step] as const))("%s: %s", async (page, begins, step) => {
  if (isBroken) throw new Error("not typed, as something before it failed");
  isBroken = true;
  const meant = blocks.filter((each) => each.page === page && each.text.startsWith(begins));
  // A page may have the same block twice, and a reader may come to one twice.
  const block = meant.find((each) => !typedBlocks.has(each)) ?? meant[0]!;
  await step.before?.(reader);
  const said = await reader.follow(block, step).catch((error: Error) => {
    isBroken = !(error instanceof NotShown);
    throw error;
  });
  typedBlocks.add(block);
  await step.after?.(reader, said);
  isBroken = false;
});

test("each block that says nothing else was typed", () => expect(blocks.filter((block) => !typedBlocks.has(block))).toEqual([]));
