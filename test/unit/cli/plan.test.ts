import { expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planned } from "../../../cli/plan.ts";
import { renderPlanSchema } from "../../../cli/plan/model.ts";
import { parsePreview } from "../../../cli/plan/preview.ts";
import type { Ran } from "../../../cli/run.ts";
import { read } from "../../lib/previews/recorded.ts";
import { fails, fakeRun, missing, ok } from "./fakeRun.ts";

/** Runs the command in a folder with the recorded file, on what Pulumi and Docker say. */
async function plan(name: string, answers: Record<string, Ran> = {}, format: "text" | "markdown" | "json" = "json") {
  const recorded = read(name);
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-plan-"));
  const { run, ran } = fakeRun({ "pulumi preview": ok(JSON.stringify(recorded.preview)), "docker info": ok("8160296960\n"), "docker exec": fails("no such container"), ...answers });
  try {
    writeFileSync(join(folder, "projects.yaml"), recorded.file);
    const { text, exitCode } = await planned({ run, env: {}, folder }, { stack: "prod", format, pulumiArgs: ["--refresh"], policies: false });
    return { text, exitCode, ran };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("asks Pulumi for what the plan needs, and for what its caller wants", async () => {
  const { ran, exitCode, text } = await plan("auth");
  expect(ran).toContain("pulumi preview --json --show-sames --show-replacement-steps --non-interactive --stack prod --refresh");
  expect([exitCode, JSON.parse(text)]).toEqual([0, expect.objectContaining({ stack: "prod", failed: false, dataRemoved: [] })]);
  expect(JSON.parse(text).capacity.memory.has).toBe(7782);
});

test("what would show secrets is refused before anything is run", async () => {
  const { run, ran } = fakeRun({});
  const refused = planned({ run, env: {}, folder: "/" }, { stack: "prod", format: "text", pulumiArgs: ["--logtostderr", "-v=9"], policies: true });
  await expect(refused).rejects.toThrow(/^-v=9 shows secrets/);
  expect(ran).toEqual([]);
});

test("without a Docker that answers, what the server has is not said", async () => {
  const { text } = await plan("auth", { "docker info": missing, "docker exec": missing });
  expect(JSON.parse(text).capacity.memory).not.toHaveProperty("has");
});

test("3: data would be removed; but not of a project that was purged", async () => {
  expect((await plan("deleted")).exitCode).toBe(3);
  const status = ok(JSON.stringify({ blog: { removal: { phase: "purged" } }, "blog-api": { provenBackups: 1 } }));
  expect((await plan("deleted", { "docker exec": status })).exitCode).toBe(0);
  const locked = ok(JSON.stringify({ blog: { removal: { phase: "locked" } } }));
  expect((await plan("deleted", { "docker exec": locked })).exitCode).toBe(3);
});

test("1: the preview failed, and its words are there", async () => {
  const failing: Ran = { exitCode: 1, stdout: JSON.stringify(read("mistake").preview), stderr: "error: preview failed", missing: false };
  const { exitCode, text } = await plan("mistake", { "pulumi preview": failing }, "text");
  expect([exitCode, text]).toEqual([1, expect.stringContaining('project "blog"  unknown field "domain" → did you mean domains?')]);
  const silent: Ran = { ...failing, stdout: '{"steps":[]}' };
  expect((await plan("mistake", { "pulumi preview": silent }, "text")).text).toContain("error: preview failed");
});

test("without a preview at all it stops with Pulumi's words, or ours", async () => {
  await expect(plan("auth", { "pulumi preview": fails("error: no stack named 'prod' found") })).rejects.toThrow("no stack named 'prod' found");
  await expect(plan("auth", { "pulumi preview": fails("error: incorrect passphrase") })).rejects.toThrow("is not the one that this stack's secrets were encrypted with");
});

test("what is no preview is said to be none, and nothing of it is repeated", () => {
  for (const text of ['{"steps":[{"op":1,"urn":"hidden"}]}', "{hidden"]) {
    expect(() => parsePreview(text)).toThrow("said something else than expected");
    expect(() => parsePreview(text)).not.toThrow("hidden");
  }
});

test("no input's value goes further than the reading", () => {
  const state = { inputs: { create: "hidden", stdin: "hidden", environment: { A: "hidden" }, envs: ["hidden"], memory: 96 }, outputs: { hidden: "hidden" } };
  const text = JSON.stringify({ steps: [{ op: "update", urn: "urn", oldState: state, newState: state, detailedDiff: { stdin: { kind: "hidden" } } }] });
  expect(JSON.stringify(parsePreview(text))).not.toContain("hidden");
});

test("schema/plan.schema.json is of this version (npm run schema)", () => {
  const file = new URL("../../../schema/plan.schema.json", import.meta.url);
  expect(existsSync(file) && readFileSync(file, "utf8")).toBe(renderPlanSchema());
});
