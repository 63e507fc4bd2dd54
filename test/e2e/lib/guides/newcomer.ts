// A newcomer, in a pseudo-terminal, who types each command that the pages show.
import { afterAll, beforeAll, test } from "@jest/globals";
import { labEnvironment } from "../../../../cli/labEnvironment.ts";
import { blocksToRun, type PageBlock } from "../../../lib/docs/pages.ts";
import type { Step } from "./order.ts";
import { NotShown, Reader } from "./reader.ts";

/** Each step is a test. What follows one that could not be typed is not typed either. @returns the blocks that were typed, as they are */
export function newcomerTypes(steps: Step[]): Set<PageBlock> {
  const blocks = blocksToRun();
  const typed = new Set<PageBlock>();
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

  test.each(steps.map((step) => [step.page, step.begins, step] as const))("%s: %s", async (page, begins, step) => {
    if (isBroken) throw new Error("not typed, as something before it failed");
    isBroken = true;
    const meant = blocks.filter((each) => each.page === page && each.text.startsWith(begins));
    // A page may have the same block twice, and a reader may come to one twice.
    const block = meant.find((each) => !typed.has(each)) ?? meant[0]!;
    await step.before?.(reader);
    const said = await reader.follow(block, step).catch((error: Error) => {
      isBroken = !(error instanceof NotShown);
      throw error;
    });
    typed.add(block);
    await step.after?.(reader, said);
    isBroken = false;
  });

  return typed;
}
