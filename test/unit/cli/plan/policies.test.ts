// What a pack of policies says, in the plan: Pulumi's JSON leaves it out.
import { expect, jest, test } from "@jest/globals";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runProgram } from "../../../../cli/indie/commandLine.ts";
import { createProgram } from "../../../../cli/indie/program.ts";
import { planned } from "../../../../cli/plan.ts";
import { asksPolicies, parsePolicyEvents } from "../../../../cli/plan/policies.ts";
import type { Ran, Run } from "../../../../cli/run.ts";
import { read } from "../../../lib/previews/recorded.ts";
import { fails, ok } from "../fakeRun.ts";
import { fake } from "../indie/fakeContext.ts";

/** As the real CLI wrote them, but for the second one's level. */
const VIOLATIONS = [
  '{"sequence":3,"timestamp":1795809437,"resourcePreEvent":{"metadata":{"inputs":{"message":"a hidden \\"policyEvent\\""}}}}',
  '{"sequence":4,"policyEvent":{"resourceUrn":"urn:pulumi:prod::indie-ventures::docker:index/network:Network::edge","message":"<{%fg 13%}>Labels.<{%reset%}>\\n","color":"raw","policyName":"labels","enforcementLevel":"advisory"}}',
  '{"sequence":652,"timestamp":1795809535,"policyEvent":{"resourceUrn":"urn:pulumi:prod::indie-ventures::indie-ventures:index:SupabaseProject$docker:index/container:Container::blog-auth","message":"Only the edge publishes ports.\\nThe container \\"blog-auth\\" publishes its port 9999.\\n","color":"never","policyName":"published-ports","policyPackName":"indie-ventures","policyPackVersion":"0.1.0","enforcementLevel":"mandatory"}}',
].join("\n");

interface Preview {
  ran?: Partial<Ran>;
  log?: string;
  format?: "text" | "markdown" | "json";
  pulumiArgs?: string[];
  policies?: boolean;
  /** Of a preview without a pack, where it is another one. */
  without?: Ran;
}

async function plan({ ran = {}, log, format = "json", pulumiArgs = [], policies = true, without }: Preview) {
  const recorded = read("auth");
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-policies-"));
  const lines: string[] = [];
  const noted: string[] = [];
  let logFile: string | undefined;
  const run: Run = async (file, args, options = {}) => {
    if (file !== "pulumi") return fails("not here");
    lines.push(args.join(" "));
    if (!args.includes("--event-log") && without !== undefined) return without;
    if (args.includes("--event-log")) {
      logFile = args[args.indexOf("--event-log") + 1];
      expect([options.env, statSync(dirname(logFile!)).mode & 0o777]).toEqual([{ PULUMI_DEBUG_COMMANDS: "true" }, 0o700]);
      if (log !== undefined) writeFileSync(logFile!, log);
    }
    return { ...ok(JSON.stringify(recorded.preview)), ...ran };
  };
  try {
    writeFileSync(join(folder, "projects.yaml"), recorded.file);
    const said = await planned({ run, env: {}, folder, note: (text) => noted.push(text) }, { stack: "prod", format, pulumiArgs, policies });
    return { ...said, lines, noted, left: logFile !== undefined && existsSync(dirname(logFile)) ? readdirSync(dirname(logFile)) : [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The JSON of a preview that a policy failed says only this. */
const failing: Partial<Ran> = { exitCode: 1, stdout: JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message: "error: preview failed\n" }] }) };

test("only where a pack is asked is there a log of events", async () => {
  expect([asksPolicies(["--policy-pack", "policy"]), asksPolicies(["--policy-pack=policy"]), asksPolicies(["--refresh"])]).toEqual([true, true, false]);
  const { lines, text } = await plan({ pulumiArgs: ["--refresh"], policies: false });
  expect([lines[0], JSON.parse(text).policies]).toEqual([expect.not.stringMatching(/--event-log|--policy-pack/), undefined]);
});

test.each([
  ["ours are asked", ["--refresh"], /--stack prod --policy-pack policy --refresh --event-log /],
  ["what is exempt may be said", ["--policy-pack-config", "exempt.json"], /--stack prod --policy-pack policy --policy-pack-config exempt\.json --event-log /],
  ["another pack is asked alone", ["--policy-pack=theirs"], /--stack prod --policy-pack=theirs --event-log /],
])("%s", async (_, pulumiArgs, line) => {
  const { lines, noted } = await plan({ pulumiArgs, log: "" });
  expect([lines, noted]).toEqual([[expect.stringMatching(line)], []]);
});

test.each([
  ["plan", true],
  ["plan --no-policies", false],
  ["plan --no-policies -- --policy-pack theirs", true],
])("indie %s: policies are asked: %j", async (line, areAsked) => {
  const { context, ran, remove } = fake({ text: "projects: []\n", answers: { pulumi: fails("error: no") } });
  const said = jest.spyOn(console, "error").mockImplementation(() => {});
  try {
    expect(await runProgram(createProgram(() => context), line.split(" "))).toBe(1);
    expect(ran.filter((each) => each.startsWith("pulumi preview")).map((each) => each.includes("--policy-pack"))).toEqual([areAsked]);
  } finally {
    said.mockRestore();
    remove();
  }
});

/** As the CLI says it, of a language host that is too old and of none (Pulumi 3.259.0). */
const UNABLE = [
  'error: policy pack "policy" failed to start: could not start plugin: rpc error: code = Unimplemented desc = unknown method RunPlugin for service pulumirpc.LanguageRuntime',
  'error: could not start policy pack "policy" because the built-in analyzer plugin that runs policy plugins is missing. This might occur when the plugin directory is not on your $PATH',
];

test.each(UNABLE)("where the language host can not run a pack the plan is there without, and says so: %s", async (stderr) => {
  const { lines, noted, text, exitCode } = await plan({ ran: { ...fails(stderr) }, without: ok(JSON.stringify(read("auth").preview)) });
  expect([lines.map((line) => line.includes("--policy-pack")), exitCode, JSON.parse(text).policies]).toEqual([[true, false], 0, undefined]);
  expect(noted).toEqual([expect.stringMatching(/^! The policies were not asked: [^]*--no-policies$/)]);
});

test("a pack that was named must be asked, and one of ours that is broken is no fault of this computer's", async () => {
  await expect(plan({ pulumiArgs: ["--policy-pack", "policy"], ran: fails(UNABLE[0]!) })).rejects.toThrow("RunPlugin");
  const broken = 'error: policy pack "policy" failed to start: could not read plugin [policy] stdout: EOF\nSyntaxError: Unexpected token';
  await expect(plan({ ran: fails(broken), without: ok(JSON.stringify(read("auth").preview)) })).rejects.toThrow("SyntaxError");
});

test("a violation: its policy, resource and words, the mandatory first; nothing of the log stays", async () => {
  const { text, exitCode, left } = await plan({ ran: failing, log: VIOLATIONS });
  expect(JSON.parse(text).policies).toEqual([
    { policy: "published-ports", level: "mandatory", resource: "blog-auth", message: 'Only the edge publishes ports.\nThe container "blog-auth" publishes its port 9999.' },
    { policy: "labels", level: "advisory", resource: "edge", message: "Labels." },
  ]);
  expect([exitCode, left]).toEqual([1, []]);
  expect(text).not.toContain("hidden");
});

test.each([
  ["text" as const, 'Policies:\n  - published-ports (mandatory), blog-auth: Only the edge publishes ports.\n    The container "blog-auth" publishes'],
  ["markdown" as const, "**Policies**\n\n````````text\npublished-ports (mandatory), blog-auth: Only the edge publishes ports.\nThe container"],
])("in %s", async (format, words) => {
  expect((await plan({ ran: failing, log: VIOLATIONS, format })).text).toContain(words);
});

test("where none is violated the plan says that they were asked", async () => {
  for (const format of ["text", "markdown"] as const) {
    const { text, exitCode } = await plan({ log: '{"sequence":0,"policyLoadEvent":{}}\n', format });
    expect([exitCode, text]).toEqual([0, expect.stringContaining("Policies: none is violated.")]);
  }
});

test("of a preview that failed for another reason nothing is said of policies", async () => {
  for (const log of [undefined, '{"sequence":0,"policyLoadEvent":{}}\n']) {
    const { text } = await plan({ ran: failing, log });
    expect(JSON.parse(text)).not.toHaveProperty("policies");
  }
});

test("an event that is no policy's is none", () => expect(parsePolicyEvents('{"sequence":1,"policyLoadEvent":{}}\n\n')).toEqual([]));
