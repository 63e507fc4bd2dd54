// `indie` under the oldest Node that it starts under: it installs the one that the rest needs, once, and becomes it. Only a registry is needed.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// @ts-expect-error: plain JavaScript, which must start under an old Node
import { nodePackage } from "../../cli/start.mjs";
import { root } from "../../cli/layout.ts";
import { IndieClone, original } from "../unit/cli/indie/indieClone.ts";

const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
const oldest = /^>=(\d+)$/.exec(engines.node)![1]!;
const name = nodePackage(process.platform, process.arch) as string;

let folder: string;
let clone: IndieClone;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "indie-oldest-node-"));
  clone = new IndieClone();
  // A package.json of its own: without one npm would install into a folder above.
  writeFileSync(join(folder, "package.json"), "{}");
  await execa("npm", ["install", "--no-audit", "--no-fund", "--force", `${name}@${oldest}.0.0`], { cwd: folder });
});

afterAll(() => {
  clone?.remove();
  rmSync(folder, { recursive: true });
});

/** Neither Docker nor Pulumi answers: what is asked here needs none. */
async function indie(...args: string[]) {
  const node = join(folder, "node_modules", name, "bin", "node");
  const { stdout, stderr, exitCode } = await execa(node, [clone.bin, ...args], { cwd: clone.clone, reject: false, stdin: "ignore", env: { DOCKER_HOST: "tcp://127.0.0.1:1" } });
  return { stdout, stderr, exitCode };
}

test("the first time it brings the Node that it needs, and says so", async () => {
  const { stdout, stderr, exitCode } = await indie("add", "--architecture", "shared", "shop", "--json");
  expect(stderr).toMatch(new RegExp(`^  Node ${oldest}\\.0\\.0 is too old: installing Node 22 into \\.indie`));
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ project: "shop", changed: true })]);
  expect(clone.file()).not.toBe(original);
});

test("the next time it is there, and nothing is said of it", async () => {
  expect(await indie("--help")).toEqual({ stdout: expect.stringContaining("Usage: indie"), stderr: "", exitCode: 0 });
});
