import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { failedPlan, makePlan } from "../../../../cli/plan/makePlan.ts";
import { marker, renderMarkdown } from "../../../../cli/plan/markdown.ts";
import { type Block, type Plan, WHATS } from "../../../../cli/plan/model.ts";
import { renderText } from "../../../../cli/plan/text.ts";
import { read, specOf } from "../../../lib/previews/recorded.ts";

const words = fc.stringMatching(/^[a-z @`<>&|:#\n-]{0,60}$/);
const block = fc.record({
  kind: fc.constantFrom("project" as const, "part" as const),
  name: fc.stringMatching(/^[a-z]{3,19}$/),
  what: fc.constantFrom(...WHATS),
  says: words,
  noticed: fc.array(fc.oneof(fc.record({ kind: fc.constant("noticed" as const), what: words }), fc.record({ kind: fc.constant("data removed" as const), what: words })), { maxLength: 3 }),
  interruptedBy: fc.constant<string[]>([]),
  things: fc.record({ added: fc.array(words), replaced: fc.constant<string[]>([]), changed: fc.constant<string[]>([]), removed: fc.constant<string[]>([]) }),
  steps: fc.array(fc.record({ op: fc.constant("update"), urn: words, properties: fc.array(words, { maxLength: 3 }) }), { maxLength: 30 }),
});
const plans: fc.Arbitrary<Plan> = fc.record({
  stack: fc.constant("prod"),
  failed: fc.boolean(),
  dataRemoved: fc.constant<string[]>([]),
  blocks: fc.array(block, { maxLength: 12 }),
  untouched: fc.array(fc.stringMatching(/^[a-z]{3,19}$/)),
  untouchedInterruptedBy: fc.constant<string[]>([]),
  warnings: fc.array(words),
  errors: fc.array(words, { maxLength: 3 }),
});

/** Each fence that is opened is closed. */
const fences = (text: string): number => (text.match(/^`{8}/gm) ?? []).length;

describe("a comment", () => {
  test("is never longer than the place that it is for, and never ends within a fence", () =>
    fc.assert(
      fc.property(plans, fc.integer({ min: 300, max: 5_000 }), (plan, longest) => {
        const text = renderMarkdown(plan, longest);
        expect(text.length).toBeLessThanOrEqual(longest);
        expect(fences(text) % 2).toBe(0);
        expect(text.startsWith(marker("prod"))).toBe(true);
      }),
    ));

  test("first loses its steps, then its end; what removes data comes first", () => {
    const recorded = read("deleted");
    const deleted = makePlan({ stack: "prod", preview: recorded.preview, spec: specOf(recorded), purged: [] });
    const before: Block = { ...deleted.blocks[0]!, name: "blog-api", noticed: [] };
    const plan = { ...deleted, blocks: [before, ...deleted.blocks] };
    const whole = renderMarkdown(plan);
    expect(whole).toContain("<details>");
    const without = renderMarkdown(plan, whole.length - 1);
    expect(without).not.toContain("<details>");
    expect(without).toContain("The steps are left out");
    const cut = renderMarkdown(plan, without.length - 1);
    expect(cut).toContain("the rest is left out");
    expect(cut).toContain("data removed: database, keys, files");
    expect(whole.indexOf("#### `blog`")).toBeLessThan(whole.indexOf("#### `blog-api`"));
  });

  test("what a message holds is no markup", () => {
    const plan = failedPlan("prod", { config: {}, steps: [], diagnostics: [{ severity: "error", message: "`````````\n@somebody <script>\n" }] });
    expect(renderMarkdown(plan)).toBe("<!-- indie plan: prod -->\n### Plan for `prod`\n\n**The preview failed.** Nothing was changed.\n\n**Errors**\n\n````````text\n```````\n@somebody <script>\n````````\n");
  });
});

test("a terminal obeys nothing of a message, in whatever format", () => {
  const message = "gone: 2026_a\rPlan\u001b[2J\n\u009b2Kblog\b";
  const plan = { ...failedPlan("prod", { config: {}, steps: [], diagnostics: [{ severity: "error", message }, { severity: "warning", message }] }), policies: [{ policy: "labels", level: "mandatory", message }] };
  for (const text of [renderText(plan), renderMarkdown(plan)]) {
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text.match(/2026_a\\u\{d\}Plan/g)).toHaveLength(3);
  }
});

test("the engine's word on where its plugins are is no warning; a word that comes twice is said once", () => {
  const warning = (message: string) => ({ severity: "warning", message });
  const diagnostics = [warning("warning: using pulumi-resource-docker from $PATH at /somewhere\n"), warning("warning: Sign-up is off.\nAdd auth.smtp.\n"), warning("warning: Sign-up is off.\nAdd auth.smtp.\n")];
  const plan = failedPlan("prod", { config: {}, steps: [], diagnostics: [...diagnostics, { severity: "info", message: "hello" }] });
  expect([plan.warnings, plan.errors]).toEqual([["Sign-up is off.\nAdd auth.smtp."], []]);
  expect(renderText(plan)).toContain("  - Sign-up is off.\n    Add auth.smtp.\n");
});
