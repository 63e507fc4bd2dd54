import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportProject } from "../../../../cli/indie/work/export.ts";
import { runner } from "../../../../cli/run.ts";
import { fake, type Fake } from "./fakeContext.ts";

let made: Fake;
beforeEach(() => {
  made = fake();
});
afterEach(() => made.remove());

/** With a docker that has an archive, and the real git. */
async function exported(): Promise<void> {
  const { folder } = made.context;
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "docker"), '#!/bin/sh\n[ "$1" = exec ] && echo archive || echo true\n');
  chmodSync(join(bin, "docker"), 0o755);
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const tools = { ...(await made.context.tools()), env, run: runner(folder, env) };
  await exportProject({ ...made.context, tools: async () => tools }, "blog", { force: true });
}

const at = (name: string) => join(made.context.folder, name);

test("the archive, in the folder where it was typed; without a work tree of git nothing is said of it", async () => {
  await exported();
  expect(existsSync(at("blog.tar"))).toBe(true);
  expect(made.printed).toEqual([`${at("blog.tar")} holds all of "blog", its keys too: keep it like a password. How to run it: README.md in it.`]);
  expect(made.noted).toEqual([]);
});

test("where git would take it into a commit, that is said", async () => {
  execFileSync("git", ["init", "--quiet", made.context.folder]);
  await exported();
  expect(made.noted).toEqual([`! git does not ignore ${at("blog.tar")}: the next commit may take its keys along. A line in .gitignore keeps them out.`]);
  writeFileSync(at(".gitignore"), "*.tar\n");
  await exported();
  expect(made.noted).toHaveLength(1);
});
