import { describe, expect, test } from "@jest/globals";
import { reporter } from "../../../../cli/report.ts";
import { type Parts, pluginsStep, pulumiStep } from "../../../../cli/steps/pulumi.ts";
import { packageVersion, PLUGINS, ToolEnvironment } from "../../../../cli/tools.ts";
import { fails, fakeRun, missing, ok } from "../fakeRun.ts";

const needed = packageVersion("@pulumi/pulumi");
const installed = (names: string[]) =>
  ok(JSON.stringify(names.map((name) => ({ name, kind: "resource", version: packageVersion(`@pulumi/${name}`) }))));

function parts(run: Parts["run"], { downloads = false, lab = true } = {}) {
  const built: unknown[] = [];
  const tools = new ToolEnvironment({ PATH: "/bin" }, "/bin/node");
  const buildEngine = async (pieces: unknown) => {
    built.push(pieces);
    return { binDir: "/lab/bin" };
  };
  const buildImages = () => Promise.reject(new Error("not asked for"));
  const all: Parts = {
    report: reporter(() => {}),
    run,
    tools,
    lab: lab ? { buildEngine, buildImages } : undefined,
    downloads: async () => downloads,
  };
  return { all, built, tools };
}

describe("the CLI", () => {
  test("one on PATH that is new enough is used as it is", async () => {
    const { all, built, tools } = parts(fakeRun({ "pulumi version": ok(`v${needed}`) }).run);
    await expect(pulumiStep(all)).resolves.toEqual({ standIns: [] });
    expect(built).toEqual([]);
    expect(tools.env.PATH).toBe("/bin");
  });
  test("none, and no downloads: built with its language host, and found before any other", async () => {
    let calls = 0;
    const { run } = fakeRun({ "pulumi version": () => (calls++ === 0 ? ok("v3.100.0") : ok(`v${needed}`)), "/": missing });
    const { all, built, tools } = parts(run);
    const { standIns } = await pulumiStep(all);
    expect(standIns).toHaveLength(1);
    expect(built).toEqual([{ cli: true, language: true, plugins: [] }]);
    expect(tools.env.PATH).toBe("/lab/bin:/bin");
  });
  test("a server on the internet gets no stand-ins", async () => {
    const { run } = fakeRun({ "pulumi version": missing, "/": missing });
    await expect(pulumiStep(parts(run, { lab: false }).all)).rejects.toThrow(/get.pulumi.com can not be reached/);
  });
  test("what was built must be what is found", async () => {
    const { run } = fakeRun({ "pulumi version": missing, "/": missing });
    await expect(pulumiStep(parts(run).all)).rejects.toThrow(/is needed/);
  });
});

describe("plugins", () => {
  test("all are there", async () => {
    const { all, built } = parts(fakeRun({ "pulumi plugin ls": installed(PLUGINS) }).run);
    await expect(pluginsStep(all)).resolves.toEqual({ standIns: [] });
    expect(built).toEqual([]);
  });
  test("another version is not there", async () => {
    const old = ok(JSON.stringify(PLUGINS.map((name) => ({ name, kind: "resource", version: "0.1.0" }))));
    const { run, ran } = fakeRun({ "pulumi plugin ls": old, "pulumi plugin install": ok() });
    await pluginsStep(parts(run, { downloads: true }).all);
    expect(ran.slice(1)).toEqual(PLUGINS.map((name) => `pulumi plugin install resource ${name} ${packageVersion(`@pulumi/${name}`)}`));
  });
  test("only what is missing is installed", async () => {
    const { run, ran } = fakeRun({ "pulumi plugin ls": installed(["docker", "random"]), "pulumi plugin install": ok() });
    const { all, tools } = parts(run, { downloads: true });
    await pluginsStep(all);
    expect(ran).toHaveLength(3);
    expect(tools.variables).not.toHaveProperty("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
  });
  test("no downloads: the lab's, behind everything of the user's, and nothing is looked for on the network", async () => {
    const { all, built, tools } = parts(fakeRun({ "pulumi plugin ls": installed([]) }).run);
    const { standIns } = await pluginsStep(all);
    expect(standIns.join()).toContain("postgresql");
    expect(built).toEqual([{ cli: false, language: false, plugins: PLUGINS }]);
    expect(tools.env.PATH).toBe("/bin:/lab/bin");
    expect(tools.variables.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION).toBe("true");
  });
  test("a download that fails is said, and nothing stands in for it", async () => {
    const { run } = fakeRun({ "pulumi plugin ls": installed([]), "pulumi plugin install": fails("checksum mismatch") });
    await expect(pluginsStep(parts(run, { downloads: true }).all)).rejects.toThrow(/could not be installed:\nchecksum mismatch/);
  });
});
