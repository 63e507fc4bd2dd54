import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { cacheKey, cliVersion, engineCache, goModules } from "../../lab/engine/build/binary.ts";
import { chooseGo, goNeeded, isAtLeast, toolchainModule, toolchainVersion, versionIn } from "../../lab/engine/build/go.ts";
import { standIns, wrapper } from "../../lab/engine/build/wrapper.ts";
import { buildEngine, enginePieces } from "../../lab/engine/build.ts";

const packageVersion = (name: string): string => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;
const file = (module: keyof typeof goModules, name: string) => readFileSync(join(goModules[module].folder, name), "utf8");

describe("which go builds", () => {
  test.each([
    ["go version go1.26.8 linux/amd64", "1.26.8"],
    ["go version go1.19 linux/arm64", "1.19"],
    ["go version go1.27rc1 linux/amd64", "1.27"],
    ["go version devel go1.27-abc linux/amd64", undefined],
    ["", undefined],
  ])("%j says %s", (output, version) => expect(versionIn(output)).toBe(version));

  test.each([
    ["1.26.8", "1.26", true],
    ["1.26", "1.26", true],
    ["1.26", "1.26.1", false],
    ["1.26.1", "1.26.1", true],
    ["1.19.8", "1.26", false],
    ["1.100.0", "1.26", true],
    ["2.0", "1.26.9", true],
  ])("%s for %s: %s", (version, needed, enough) => expect(isAtLeast(version, needed)).toBe(enough));

  const old = { path: "/old/go", version: "1.19.8" };
  const older = { path: "/older/go", version: "1.18" };
  const recent = { path: "/recent/go", version: "1.26.8" };
  test("the first that is new enough, wherever on PATH it is", () => expect(chooseGo([old, recent], "1.26")).toEqual({ use: recent }));
  test("an old one fetches a newer", () => expect(chooseGo([old, older], "1.26")).toEqual({ fetchWith: old }));
  test("there is none", () => expect(chooseGo([], "1.26")).toEqual({ none: true }));

  test("the toolchain's module is for this processor", () => {
    expect(toolchainModule("x64", "1.26.8")).toBe("golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64");
    expect(toolchainModule("arm64", "1.26.8")).toBe("golang.org/toolchain@v0.0.1-go1.26.8.linux-arm64");
    expect(() => toolchainModule("ia32")).toThrow("ia32");
  });

  test("a go.mod without a go line is an error", () => expect(() => goNeeded("module x\n")).toThrow("`go` line"));
});

describe("the modules", () => {
  test.each(Object.keys(goModules) as (keyof typeof goModules)[])("%s: the fetched toolchain is new enough", (module) => {
    expect(isAtLeast(toolchainVersion, goNeeded(file(module, "go.mod")))).toBe(true);
  });

  test("the CLI has the version of the SDK", () => expect(cliVersion(file("pulumi", "go.mod"))).toBe(`v${packageVersion("@pulumi/pulumi")}`));
  test("the CLI is told its version", () => {
    expect(goModules.pulumi.args("require github.com/pulumi/pulumi/pkg/v3 v1.2.3\n").join(" ")).toContain("version.Version=v1.2.3 ");
  });
  test("a go.mod without the CLI is an error", () => expect(() => cliVersion("module x\n")).toThrow("does not require"));

  test("the docker plugin has the version of its SDK", () => {
    expect(file("pulumi-resource-docker", "main.go")).toContain(`const version = "${packageVersion("@pulumi/docker")}"`);
  });
});

describe("the cache", () => {
  const files = [{ path: "go.mod", content: "a" }, { path: "main.go", content: "b" }];
  const key = cacheKey(files, ["."], "go1.26.8 linux x64");

  test("the order in which files are listed does not matter", () => expect(cacheKey(files.toReversed(), ["."], "go1.26.8 linux x64")).toBe(key));

  test.each([
    ["a file's content", [{ path: "go.mod", content: "c" }, files[1]], ["."], "go1.26.8 linux x64"],
    ["a file's name", [{ path: "go.sum", content: "a" }, files[1]], ["."], "go1.26.8 linux x64"],
    ["text moved from one file to the next", [{ path: "go.mod", content: "" }, { path: "main.go", content: "ab" }], ["."], "go1.26.8 linux x64"],
    ["a flag", files, ["-tags", "x", "."], "go1.26.8 linux x64"],
    ["Go's version", files, ["."], "go1.26.9 linux x64"],
    ["the processor", files, ["."], "go1.26.8 linux arm64"],
  ])("%s makes another entry", (_what, changed, args, platform) => expect(cacheKey(changed, args, platform)).not.toBe(key));

  test("is where XDG says, if that is an absolute path", () => {
    expect(engineCache({ XDG_CACHE_HOME: "/c" })).toBe("/c/indie-ventures/engine");
    expect(engineCache({ XDG_CACHE_HOME: "c" })).toMatch(/^\/.*\.cache\/indie-ventures\/engine$/);
  });
});

describe("programs of ours on PATH", () => {
  test("a wrapper runs its script under the very node, whatever PATH and the file names hold", async () => {
    const folder = mkdtempSync(join(tmpdir(), "it's $HOME "));
    try {
      const script = join(folder, "plugin.ts");
      writeFileSync(script, "const args: string[] = process.argv.slice(2);\nconsole.log(JSON.stringify([process.version, args]));\n");
      const program = join(folder, "program");
      writeFileSync(program, wrapper(process.execPath, script));
      chmodSync(program, 0o755);
      const { stdout, stderr } = await execa(program, ["a b", "$(c)"], { extendEnv: false, env: { PATH: "" } });
      expect(JSON.parse(stdout)).toEqual([process.version, ["a b", "$(c)"]]);
      expect(stderr).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("every .ts file of the plugins' folder is one, but what they share", () => {
    expect(standIns(["random.ts", "command.ts", "shared.ts", "index.ts", "lib", "CONTRACT.md", "x.test.ts"])).toEqual(["command", "random"]);
  });

  test("all there is includes the plugins of the program", () => {
    expect(enginePieces()).toEqual({ cli: true, language: true, plugins: expect.arrayContaining(["docker", "command", "postgresql", "random"]) });
  });

  test("a plugin that the lab does not have is named before anything is built", async () => {
    const lines: string[] = [];
    const built = buildEngine((line) => lines.push(line), { cli: true, language: true, plugins: ["docker", "azure"] });
    await expect(built).rejects.toThrow("no plugin azure: it has docker");
    expect(lines).toEqual([]);
  });
});
