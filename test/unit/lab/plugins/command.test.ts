import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { previewOutputs } from "../../../lab/engine/plugins/command/localCommand.ts";
import { environmentOf, goQuote, shows } from "../../../lab/engine/plugins/command/run.ts";
import { Secret, unknown } from "../../../lab/engine/plugins/lib/value.ts";
import { endPlugins, startPlugin } from "./pluginProcess.ts";
import type { PluginProcess } from "./pluginProcess.ts";

const type = "command:local:Command";

describe("pure parts", () => {
  test("previous output goes into the environment unless it is empty or refused, and wins over the program's", () => {
    const previous = { stdout: "old", stderr: "" };
    expect(environmentOf({ environment: { A: "1", PULUMI_COMMAND_STDOUT: "mine" } }, previous)).toEqual({ A: "1", PULUMI_COMMAND_STDOUT: "old" });
    expect(environmentOf({ addPreviousOutputInEnv: false }, previous)).toEqual({});
  });

  test.each([
    [undefined, true, true],
    ["stdoutAndStderr", true, true],
    ["stdout", true, false],
    ["stderr", false, true],
    ["none", false, false],
  ] as const)("logging %s", (logging, stdout, stderr) => {
    expect([shows(logging, "stdout"), shows(logging, "stderr")]).toEqual([stdout, stderr]);
  });

  test("text is quoted as Go's %q does", () => {
    expect(goQuote('a "b"\n\t\\ \u0001\u0007\u007f é')).toBe('"a \\"b\\"\\n\\t\\\\ \\x01\\a\\x7f é"');
  });

  test("a preview knows the outputs of an update only while no input changes", () => {
    const state = { create: "a", stdout: "out", stderr: "" };
    expect(previewOutputs(state, { create: "a" })).toEqual({ stdout: "out", stderr: "" });
    expect(previewOutputs(state, { create: "b" })).toEqual({ stdout: unknown, stderr: unknown });
    expect(previewOutputs(state, { create: "a", environment: { A: unknown } })).toEqual({ stdout: unknown, stderr: unknown });
  });
});

describe("the plugin", () => {
  let plugin: PluginProcess;
  let folder: string;
  beforeAll(async () => {
    [plugin, folder] = await Promise.all([startPlugin("command"), mkdtemp(join(tmpdir(), "lab-command-"))]);
    await plugin.configure({});
  });
  afterAll(async () => {
    await endPlugins();
    await rm(folder, { recursive: true });
  });

  test("says that it is a stand-in, and refuses what it is not by its own name", async () => {
    expect(await plugin.info()).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+\+lab$/) });
    await expect(plugin.create("command:remote:Command", {})).rejects.toThrow("lab command: type command:remote:Command is not in this stand-in");
    await expect(plugin.invoke("command:local:other", {})).rejects.toThrow("lab command: function command:local:other");
    const { failures } = await plugin.check(type, { create: "true", assetPaths: ["*"] });
    expect(failures).toEqual([{ property: "assetPaths", reason: expect.stringContaining("lab command: ") }]);
  });

  test("create, update, delete run with stdin, environment, folder and the previous output", async () => {
    const inputs = {
      ...{ create: "cat; echo $A; pwd; echo oops >&2", update: 'printf %s "$PULUMI_COMMAND_STDOUT" > previous', delete: 'printf %s "$PULUMI_COMMAND_STDERR" > deleted' },
      ...{ dir: folder, stdin: "from stdin\n", environment: { A: "from env" } },
    };
    const { id, state } = await plugin.create(type, inputs);
    expect(id).toMatch(/^thing[0-9a-f]{8}$/);
    expect(state).toEqual({ ...inputs, stdout: `from stdin\nfrom env\n${folder}`, stderr: "oops" });
    const updated = await plugin.update(type, id, state, inputs);
    expect(await readFile(join(folder, "previous"), "utf8")).toBe(state["stdout"]);
    expect(updated).toEqual({ ...inputs, stdout: "", stderr: "" });
    await plugin.delete(type, id, state);
    expect(await readFile(join(folder, "deleted"), "utf8")).toBe("oops");
  });

  test("without `update` an update runs `create` again", async () => {
    const inputs = { create: "echo $((1 + 1))" };
    expect(await plugin.update(type, "x", { ...inputs, stdout: "0", stderr: "" }, inputs)).toMatchObject({ stdout: "2" });
  });

  test("an interpreter gets the command as its last argument", async () => {
    const { state } = await plugin.create(type, { interpreter: ["/bin/echo", "-n", "said:"], create: "a b; c" });
    expect(state["stdout"]).toBe("said: a b; c");
  });

  test("nothing runs in a preview; what only running tells is unknown", async () => {
    const inputs = { create: "touch ran", dir: folder };
    expect((await plugin.create(type, inputs, true)).state).toEqual({ ...inputs, stdout: unknown, stderr: unknown });
    await plugin.update(type, "x", { stdout: "", stderr: "" }, inputs, true);
    await expect(readFile(join(folder, "ran"))).rejects.toThrow("ENOENT");
  });

  test("secrets are unwrapped for the command and stay wrapped in state, the nested one too", async () => {
    const inputs = { create: "wc -c; printf %s $A | wc -c", stdin: new Secret("s3cret"), environment: { A: new Secret("deep"), B: "plain" } };
    const { state } = await plugin.create(type, inputs);
    expect(state).toMatchObject({ stdin: new Secret("s3cret"), environment: { A: new Secret("deep"), B: "plain" } });
    expect(String(state["stdout"]).split("\n").map(Number)).toEqual([6, 4]);
  });

  test("a failure tells the command and its combined output, not what came in by stdin", async () => {
    const failing = plugin.create(type, { create: "echo out; echo err >&2; exit 3", stdin: new Secret("s3cret") });
    const message = await failing.then(
      () => "succeeded",
      (error: Error) => error.message,
    );
    expect(message).toContain('exit status 3: running "echo out; echo err >&2; exit 3":\n');
    expect(message).toMatch(/out\n/);
    expect(message).toMatch(/err\n/);
    expect(message).not.toContain("s3cret");
  });

  test("large input that nobody reads and large output are no failure", async () => {
    const { state } = await plugin.create(type, { create: "head -c 3000000 /dev/zero | tr '\\0' x", stdin: "y".repeat(3_000_000), logging: "none" });
    expect(String(state["stdout"])).toHaveLength(3_000_000);
  });

  test("a shown line that would hang the released plugin is an error; unshown it is none", async () => {
    const create = "head -c 66000 /dev/zero | tr '\\0' x; echo; echo after";
    await expect(plugin.create(type, { create })).rejects.toThrow("lab command: a line of 66000 bytes of output hangs the released plugin");
    expect((await plugin.create(type, { create, logging: "stderr" })).state["stdout"]).toMatch(/^x{66000}\nafter$/);
  });

  test("differences: every input updates, nothing replaces here (the SDK adds that for triggers), engine's own names do not count", async () => {
    const old = { inputs: { create: "a", triggers: ["1"] }, state: {} };
    expect(await plugin.diff(type, old, { create: "b", triggers: ["2"], version: "1", __internal: {} })).toEqual({ replaces: [], diffs: ["create", "triggers"] });
    expect(await plugin.diff(type, old, old.inputs)).toEqual({ replaces: [], diffs: [] });
  });

  test("`run` runs at once", async () => {
    expect(await plugin.invoke("command:local:run", { command: "echo hi" })).toEqual({ command: "echo hi", stdout: "hi", stderr: "" });
  });
});
