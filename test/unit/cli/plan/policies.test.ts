// What a pack of policies says, in the plan: Pulumi's JSON leaves it out.
import { expect, test } from "@jest/globals";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { planned } from "../../../../cli/plan.ts";
import { asksPolicies, parsePolicyEvents } from "../../../../cli/plan/policies.ts";
import type { Ran, Run } from "../../../../cli/run.ts";
import { read } from "../../../lib/previews/recorded.ts";
import { fails, ok } from "../fakeRun.ts";

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
}

async function plan({ ran = {}, log, format = "json", pulumiArgs = ["--policy-pack", "policy"] }: Preview) {
  const recorded = read("auth");
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-policies-"));
  const lines: string[] = [];
  let logFile: string | undefined;
  const run: Run = async (file, args, options = {}) => {
    if (file !== "pulumi") return fails("not here");
    lines.push(args.join(" "));
    logFile = args[args.indexOf("--event-log") + 1];
    if (args.includes("--event-log")) {
      expect([options.env, statSync(dirname(logFile!)).mode & 0o777]).toEqual([{ PULUMI_DEBUG_COMMANDS: "true" }, 0o700]);
      if (log !== undefined) writeFileSync(logFile!, log);
    }
    return { ...ok(JSON.stringify(recorded.preview)), ...ran };
  };
  try {
    writeFileSync(join(folder, "projects.yaml"), recorded.file);
    const said = await planned({ run, env: {}, folder }, { stack: "prod", format, pulumiArgs });
    return { ...said, lines, left: logFile !== undefined && existsSync(dirname(logFile)) ? readdirSync(dirname(logFile)) : [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The JSON of a preview that a policy failed says only this. */
const failing: Partial<Ran> = { exitCode: 1, stdout: JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message: "error: preview failed\n" }] }) };

test("only where a pack is asked is there a log of events", async () => {
  expect([asksPolicies(["--policy-pack", "policy"]), asksPolicies(["--policy-pack=policy"]), asksPolicies(["--refresh"])]).toEqual([true, true, false]);
  const { lines, text } = await plan({ pulumiArgs: ["--refresh"] });
  expect([lines[0], JSON.parse(text).policies]).toEqual([expect.not.stringContaining("--event-log"), undefined]);
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
