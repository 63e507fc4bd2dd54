// What is said of each preview that was recorded from a real stack (test/lib/previews/record.ts).
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { exitCodeOf, render } from "../../../../cli/plan.ts";
import { isChange } from "../../../../cli/plan/changes.ts";
import { failedPlan, makePlan } from "../../../../cli/plan/makePlan.ts";
import { LONGEST, renderMarkdown } from "../../../../cli/plan/markdown.ts";
import { type Notice, type Plan, plan as planSchema } from "../../../../cli/plan/model.ts";
import type { Step } from "../../../../cli/plan/preview.ts";
import { renderText } from "../../../../cli/plan/text.ts";
import { maxConnections, serverMemory } from "../../../../spec/capacity.ts";
import { running } from "../../../../spec/services.ts";
import { read, specOf } from "../../../lib/previews/recorded.ts";

const FOLDER = new URL("../../../lib/previews/", import.meta.url);
const NAMES = readdirSync(FOLDER).filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
const FAILED = ["mistake", "deletedProtected"];
const MEMORY = 7_782;

function planOf(name: string, purged: string[] = []): Plan {
  const recorded = read(name);
  return FAILED.includes(name) ? failedPlan("prod", recorded.preview) : makePlan({ stack: "prod", preview: recorded.preview, spec: specOf(recorded), memory: MEMORY, purged });
}

const noticed = (plan: Plan, name: string): Notice[] | undefined => plan.blocks.find((block) => block.name === name)?.noticed;

test("all that the plan promises to know is recorded, and is small", () => {
  expect(NAMES).toEqual(expect.arrayContaining(["firstUp", "nothing", "added", "auth", "domain", "keys", "isolated", "shared", "realtime", "connections", "suspended", "removed", "deleted", ...FAILED]));
  expect(NAMES.reduce((sum, name) => sum + statSync(new URL(`${name}.json`, FOLDER)).size, 0)).toBeLessThan(300_000);
});

test("no recording has a secret, a path of a machine, or the text of a command", () => {
  for (const name of NAMES) expect(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")).not.toMatch(/eyJ|sb_secret|sb_publishable|postgresql:\/\/|docker exec|\/root|\/home|\/tmp|POSTGRES_/);
});

/** As another program reads it: by the published schema. */
const isPublished = new Ajv().compile(JSON.parse(readFileSync(new URL("../../../../schema/plan.schema.json", import.meta.url), "utf8")));

describe.each(NAMES)("%s", (name) => {
  test("text", () => expect(renderText(planOf(name))).toMatchSnapshot());
  test("markdown", () => expect(renderMarkdown(planOf(name))).toMatchSnapshot());

  test("the JSON is as its schema says", () => {
    const plan = planOf(name);
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    isPublished(JSON.parse(render(plan, "json")));
    expect(isPublished.errors).toBeNull();
    expect(renderMarkdown(plan).length).toBeLessThan(LONGEST);
  });
});

describe.each(NAMES.filter((name) => !FAILED.includes(name)))("%s", (name) => {
  test("each step that changes something is in exactly one block", () => {
    const { preview } = read(name);
    const steps = preview.steps.filter(isChange).map(({ op, urn }) => `${op} ${urn}`);
    expect(planOf(name).blocks.flatMap((block) => block.steps.map(({ op, urn }) => `${op} ${urn}`)).sort()).toEqual(steps.sort());
  });

  test("what it takes is what the check adds up", () => {
    const { projects } = specOf(read(name));
    expect(planOf(name).capacity).toMatchObject({ memory: { after: serverMemory(running(projects)), has: MEMORY }, connections: { maxAfter: maxConnections(projects) } });
  });
});

const DATA_REMOVED = ["deleted", "removed"];

test.each(NAMES)("%s: the exit code", (name) => expect(exitCodeOf(planOf(name))).toBe(FAILED.includes(name) ? 1 : DATA_REMOVED.includes(name) ? 3 : 0));

test.each(["nothing", "nothingIsolated", "nothingRemoved"])("%s: there is no block, and what there is was read rightly: it takes as much as before", (name) => {
  const { blocks, capacity } = planOf(name);
  expect(blocks).toEqual([]);
  expect(capacity!.memory.before).toBe(capacity!.memory.after);
  expect(capacity!.connections).toMatchObject({ before: capacity!.connections.after, maxBefore: capacity!.connections.maxAfter });
});

test("what a project had at most is read from its containers, not from the defaults", () => {
  const recorded = read("nothing");
  const bigger = (urn: string, inputs = {}) => (urn.endsWith("Container::blog-auth") ? { ...inputs, memory: 196 } : inputs);
  const steps = recorded.preview.steps.map((step) => ({ ...step, newState: { ...step.newState, inputs: bigger(step.urn, step.newState?.inputs) } }));
  const { memory } = makePlan({ stack: "prod", preview: { ...recorded.preview, steps }, spec: specOf(recorded), purged: [] }).capacity!;
  expect(memory.before - memory.after).toBe(100);
});

test("another project is touched by no change of one", () => {
  for (const name of NAMES.filter((each) => !["firstUp", "connections", "protected", ...FAILED].includes(each))) expect(planOf(name).untouched).toContain("blog-api");
});

describe("what is noticed", () => {
  const realtime = { kind: "interrupted", what: "Realtime", why: expect.any(String) };
  const says = (what: string) => ({ kind: "noticed", what: expect.stringContaining(what) });

  test.each<[string, unknown[]]>([
    ["auth", []],
    ["domain", [says("blog.example.com leads to it")]],
    ["keys", [says("void at once")]],
    ["realtime", [realtime]],
    ["isolated", [realtime, says("signed URLs")]],
    ["shared", [realtime, says("its Studio ends")]],
    ["connections", []],
    ["suspended", [says("503")]],
    ["removed", [says("410"), { kind: "data removed", afterDays: 14, what: expect.stringContaining("database") }]],
    ["broughtBack", [says("answers again")]],
    ["deleted", [{ kind: "data removed", what: "database, keys, files" }, says("404")]],
    ["purged", []],
  ])("%s", (name, expected) => expect(noticed(planOf(name), "blog")).toEqual(expected));

  test("a Studio that ends, by whatever word", () => {
    const { file, preview } = read("nothingIsolated");
    const recorded = { file: file.replace(/(?=  - name: blog-api)/, "    services: { studio: off }\n"), preview };
    // What a change of it is: the preview has none, as it is of another file.
    const steps = preview.steps.map((step): Step => (step.urn.endsWith("Container::blog-studio") ? { op: "delete", urn: step.urn, oldState: step.newState! } : step));
    expect(noticed(makePlan({ stack: "prod", preview: { ...preview, steps }, spec: specOf(recorded), purged: [] }), "blog")).toEqual([says("its address, and /pg/, answer 404")]);
  });

  test("another restart of Postgres is everybody's", () => {
    const plan = planOf("connections");
    expect(noticed(plan, "postgres")).toEqual([{ kind: "interrupted", what: "everything", why: expect.stringContaining("Postgres"), projects: ["blog", "blog-api"] }]);
    expect(plan.blocks.map(({ name, interruptedBy }) => [name, interruptedBy])).toEqual([["postgres", []], ["blog", ["postgres"]], ["blog-api", ["postgres"]]]);
    expect(plan.capacity!.connections).toMatchObject({ maxBefore: 600, maxAfter: 1200 });
  });

  test("that data is no longer protected; but not of a project that is taken away", () => {
    const unprotected = (name: string) => {
      const recorded = read(name);
      const steps = recorded.preview.steps.map((step) => (step.urn.endsWith("Database::blog") || step.urn.endsWith("blog-seed") ? { ...step, oldState: { ...(step.oldState ?? step.newState), protect: true } } : step));
      return noticed(makePlan({ stack: "prod", preview: { ...recorded.preview, steps }, spec: specOf(recorded), purged: [] }), "blog");
    };
    expect(unprotected("auth")).toEqual(["keys", "database"].map((what) => ({ kind: "noticed", what: `no longer protected from deletion: ${what}` })));
    expect(unprotected("removed")).toEqual(noticed(planOf("removed"), "blog"));
  });

  describe("what its backups are told is no small change", () => {
    const OUTPUTS = { purgeAfterDays: 14, keep: { daily: 7, weekly: 4, monthly: 6 } };
    const goes = (afterDays: number) => ({ kind: "data removed", afterDays, what: expect.stringContaining("database and files, by itself") });

    /** The recorded state, of which the last update said so much, and a file that has something else for blog's backups. */
    function told(name: string, lines: string, said: object = OUTPUTS): Plan {
      const { file, preview } = read(name);
      const steps = preview.steps.map((step): Step => {
        if (step.urn.endsWith("Command::blog-backup")) return { ...step, op: "replace", oldState: step.newState! };
        const outputs = step.newState?.outputs?.projects;
        return outputs === undefined ? step : { ...step, newState: { ...step.newState, outputs: { projects: { ...outputs, blog: { ...outputs.blog, ...said } } } } };
      });
      const recorded = { file: file.replace(/(?=  - name: blog-api)/, lines), preview: { ...preview, steps } };
      return makePlan({ stack: "prod", preview: recorded.preview, spec: specOf(recorded), purged: [] });
    }

    test.each<[string, object | undefined, number, unknown[], number]>([
      ["fewer days", OUTPUTS, 0, [goes(0)], 3],
      ["days of which nobody knows whether they are fewer", {}, 7, [goes(7)], 3],
      ["more days", OUTPUTS, 30, [says("its data goes 30 days after its last backup, no longer 14")], 0],
      ["the same", OUTPUTS, 14, [], 0],
    ])("of a project that is taken away: %s", (_, said, days, expected, exitCode) => {
      const plan = told("nothingRemoved", `    purgeAfterDays: ${days}\n`, said);
      expect([noticed(plan, "blog"), exitCodeOf(plan)]).toEqual([expected, exitCode]);
    });

    test("days of one that is there are no news", () => expect(noticed(told("nothing", "    purgeAfterDays: 0\n"), "blog")).toEqual([]));

    test("fewer backups that are kept", () => {
      const kept = (keep: string, said?: object) => noticed(told("nothing", `    backups: { keep: ${keep} }\n`, said), "blog");
      const fewer = "fewer of its backups are kept: 7 daily, 1 weekly, 12 monthly; it was 7 daily, 4 weekly, 6 monthly";
      expect(kept("{ daily: 7, weekly: 1, monthly: 12 }")).toEqual([{ kind: "noticed", what: fewer }]);
      expect(kept("{ daily: 8, weekly: 4, monthly: 6 }")).toEqual([]);
      expect(kept("{ daily: 1, weekly: 1, monthly: 1 }", {})).toEqual([]);
    });
  });

  test("what is left of a project that was purged are its backups, also where nothing protected its data", () => {
    expect(planOf("purged").blocks).toEqual([expect.objectContaining({ name: "blog", what: "forgotten" })]);
    expect(exitCodeOf(planOf("deleted", ["blog"]))).toBe(0);
    // Its entry may be there still.
    const [{ preview }, spec] = [read("purged"), specOf(read("nothingRemoved"))];
    expect(makePlan({ stack: "prod", preview, spec, purged: ["blog"] })).toMatchObject({ blocks: planOf("purged").blocks, capacity: { connections: planOf("purged").capacity!.connections } });
  });
});
