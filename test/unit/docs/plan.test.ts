// docs/plan.md shows what is printed.
import { expect, test } from "@jest/globals";
import type { Block, Plan } from "../../../cli/plan/model.ts";
import { renderText } from "../../../cli/plan/text.ts";
import { parseBlocks } from "../../lib/docs/blocks.ts";
import { readPage } from "../../lib/docs/pages.ts";

const block = (more: Partial<Block> & Pick<Block, "name" | "what" | "says">): Block => ({
  ...{ kind: "project", noticed: [], interruptedBy: [], steps: [] },
  things: { added: [], replaced: [], changed: [], removed: [] },
  ...more,
});

/** The one that the page is of. */
const plan: Plan = {
  ...{ stack: "prod", failed: false, dataRemoved: ["old"], untouched: ["docs"], untouchedInterruptedBy: [], warnings: [], errors: [] },
  blocks: [
    block({ name: "blog", what: "changed", says: "changed", things: { added: [], replaced: ["auth"], changed: ["what backups know of it", "routes"], removed: [] } }),
    block({
      ...{ name: "old", what: "taken away", says: "taken away (state: removed)", memory: { before: 336, after: 0 } },
      noticed: [
        { kind: "noticed", what: "its address answers 410 and nobody can log in; a last backup is made and proven" },
        { kind: "data removed", what: "database and files, by itself; until then state: present brings it back", afterDays: 14 },
      ],
    }),
  ],
  capacity: { memory: { before: 3168, after: 2832, has: 7782 }, connections: { before: 182, after: 182, maxBefore: 600, maxAfter: 600 } },
};

test("the plan of the page, but for what it leaves out", () => {
  const shown = parseBlocks(readPage("docs/plan.md")).find(({ language }) => language === "text")!.text.split("\n");
  expect(shown.filter((line) => line.trim() !== "…")).toEqual(renderText(plan).trimEnd().split("\n"));
});
