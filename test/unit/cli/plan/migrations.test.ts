import { expect, test } from "@jest/globals";
import { makePlan } from "../../../../cli/plan/makePlan.ts";
import type { Step } from "../../../../cli/plan/preview.ts";
import { renderText } from "../../../../cli/plan/text.ts";
import { read, specOf } from "../../../lib/previews/recorded.ts";
import { COMMAND, steps } from "./previews.ts";

/** A recorded preview, and what applies a project's migrations. */
function planWith(op: string, pending: string | undefined, recording = "nothing", project = "blog") {
  const recorded = read(recording);
  const path = [`SupabaseProject ${project}`, `${COMMAND} ${project}-migrations`];
  const own: Step[] = steps(path, op, { newState: { inputs: { environment: { PENDING: pending } } } }).slice(-1);
  return makePlan({ stack: "prod", preview: { ...recorded.preview, steps: [...recorded.preview.steps, ...own] }, spec: specOf(recorded), purged: [] });
}

test("a project's block names the files that wait", () => {
  const plan = planWith("create", "20260101000000_a.sql\n20260102000000_b.sql");
  expect(plan.blocks).toEqual([expect.objectContaining({ name: "blog", noticed: [{ kind: "noticed", what: "2 migrations are applied: 20260101000000_a.sql, 20260102000000_b.sql" }] })]);
  expect(renderText(plan)).toContain(`blog: changed
  · 2 migrations are applied: 20260101000000_a.sql, 20260102000000_b.sql
    added: migrations`);
  expect(planWith("update", "20260101000000_a.sql").blocks[0]!.noticed).toEqual([{ kind: "noticed", what: "1 migration is applied: 20260101000000_a.sql" }]);
});

test("so does the one of a project that is added", () => {
  const { blocks } = planWith("create", "20260101000000_a.sql", "added", "shop");
  expect(blocks.find(({ name }) => name === "shop")).toMatchObject({ what: "added", noticed: [{ kind: "noticed", what: "1 migration is applied: 20260101000000_a.sql" }] });
});

test("where none waits, or it is not known, nothing is said of them", () => {
  for (const pending of ["", undefined]) expect(planWith("update", pending).blocks[0]!.noticed).toEqual([]);
  expect(planWith("same", "20260101000000_a.sql").blocks).toEqual([]);
});
